# Completion of hreg in bash: source this file, or put it where bash-completion looks for files.

_hreg() {
    # Bash takes a line apart at the marks of COMP_WORDBREAKS, `:` and `=` among them, and would
    # have `library/web:1.0` completed from `1.0` on. So words without a space between them are put
    # together again, and what bash holds to be other words is cut off the answers.
    local line=$COMP_LINE before= index=0 last=-1 place word rest
    local -a words=()
    for place in "${!COMP_WORDS[@]}"; do
        word=${COMP_WORDS[place]}
        rest=${line#"${line%%[![:space:]]*}"}
        line=${rest#"$word"}
        # Behind the cursor, a word goes on that is not to be completed.
        if ((place == COMP_CWORD)) && [[ $word == "$2"* && $2 ]]; then
            word=$2
        fi
        if ((last >= 0)) && [[ $before == "$rest" && $word ]]; then
            words[last]+=$word
        else
            words[++last]=$word
        fi
        before=$line
        if ((place == COMP_CWORD)); then
            index=$last
            break
        fi
    done
    local cut=${words[index]%"$2"}

    local IFS=$'\013'
    COMPREPLY=($(
        HREG_COMPLETE=bash _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$index \
            _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE \
            hreg -- "${words[@]}" 2>/dev/null
    ))
    for place in "${!COMPREPLY[@]}"; do
        COMPREPLY[place]=${COMPREPLY[place]#"$cut"}
    done
    # Bash would take what follows an `@` for a host of the network.
    if [[ ${words[index]} == *@* ]]; then
        compopt +o bashdefault 2>/dev/null
    fi
    # A folder, an option's `=` and a name before its tag go on; all else gets a space.
    if [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=/:] ]]; then
        compopt +o nospace 2>/dev/null
    fi
}

# The answers come sorted; bash before 4.4 sorts them again.
complete -o nosort -o nospace -o bashdefault -F _hreg hreg 2>/dev/null ||
    complete -o nospace -o bashdefault -F _hreg hreg
