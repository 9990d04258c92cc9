complete --keep-order --exclusive --command hreg --arguments "(HREG_COMPLETE=fish hreg -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
