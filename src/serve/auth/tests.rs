use super::*;
use crate::name::SpaceName;
use crate::serve::settings::{Access, Flags, Settings};

fn auth(flags: Flags) -> Auth {
    Auth::open(&Settings::resolve(flags, None).unwrap()).ok().unwrap()
}

#[test]
fn without_users_it_is_said_what_anybody_may_do() {
    let nobody = Who::default();
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
