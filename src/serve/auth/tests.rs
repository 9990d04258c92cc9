use super::*;
use crate::serve::settings::{Access, Flags, Settings};

fn auth(flags: Flags) -> Auth {
    Auth::open(&Settings::resolve(flags, None)).ok().unwrap()
}

fn encoded(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[test]
fn a_name_and_a_password_are_read_as_the_rfc_has_them() {
    let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    assert_eq!(basic(encoded("ann:se:cret").as_bytes()), pair("ann", "se:cret"));
    assert_eq!(basic(encoded("ann:").replace("Basic", "bASIC").as_bytes()), pair("ann", ""));
    assert_eq!(basic(encoded("änn:ß").as_bytes()), pair("änn", "ß"));
    assert_eq!(basic(encoded(":").as_bytes()), pair("", ""));
    for header in ["", "Basic", "Basic !", "Bearer YTpi", &encoded("ann"), "YTpi"] {
        assert_eq!(basic(header.as_bytes()), None, "{header}");
    }
    assert_eq!(basic(b"Basic \xff"), None);
    assert_eq!(basic(encoded(&format!("a:{}", "b".repeat(4000))).as_bytes()), None);
}

#[test]
fn without_users_it_is_said_what_anybody_may_do() {
    let nobody = Who(None);
    let space = SpaceName::library();
    let permit = |flags: Flags| {
        let auth = auth(flags);
        assert_eq!(auth.challenge(&nobody), Ok(()));
        Action::ALL.map(|action| auth.permit(&nobody, action, &space))
    };
    assert_eq!(permit(Flags::default()), [Ok(()); 4]);
    let only_read = |denied| [Ok(()), Err(denied), Err(denied), Err(denied)];
    let read = Flags { allow_anonymous: Some(Access::Read), ..Flags::default() };
    assert_eq!(permit(read), only_read(Denied::Closed));
    let read_only = Flags { read_only: true, ..Flags::default() };
    assert_eq!(permit(read_only), only_read(Denied::ReadOnly));
    let no_delete = Flags { no_delete: true, ..Flags::default() };
    assert_eq!(permit(no_delete), [Ok(()), Ok(()), Ok(()), Err(Denied::NoDelete)]);
}
