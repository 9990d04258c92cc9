//! `/v2/token`: tokens for passwords, as distribution's specification has it (GET), and as OAuth 2 has
//! it with a form (POST; RFC 6749, section 4.3).
//!
//! There are no refresh tokens: the password is what lasts, and what it is good for ends with it.

use axum::body::Body;
use axum::extract::{Form, FromRequest as _};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use super::Answer;
use super::call::Call;
use super::head::Head;
use super::receiving;
use super::refusal::{Code, Refusal};
use crate::serve::auth::{Issued, Who};

/// The most bytes of a form.
const MAX_FORM_BYTES: usize = 64 << 10;

/// Gives a token for what is asked for, as far as the user may do that.
pub(super) async fn give(call: &mut Call, method: &Method) -> Answer {
    if !call.state.auth().gives_tokens() {
        return Err(Refusal::not_found(Code::NameInvalid, "no tokens are given here"));
    }
    let issued = if *method == Method::POST {
        let form = form(call).await?;
        let who = who(call, &form).await?;
        call.state.give_token(&who, values(&form, "scope"))?
    } else {
        call.state.give_token(&call.who, call.parameters("scope"))?
    };
    let too_much = "so much is asked for that the token would be too long";
    answer(&issued.ok_or_else(|| Refusal::bad(Code::Unsupported, too_much))?)
}

fn answer(issued: &Issued) -> Answer {
    let time =
        i64::try_from(issued.time).ok().and_then(|time| jiff::Timestamp::from_second(time).ok());
    let document = json!({
        "token": issued.token,
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.lifetime.as_secs(),
        "issued_at": time.map(|time| time.to_string()),
    });
    let head = Head::new().and("content-type", "application/json").and("cache-control", "no-store");
    Ok(head.answer(StatusCode::OK, document.to_string()))
}

/// Finds out who sent a form: whom it names, or whom the request's header names.
async fn who(call: &Call, form: &[(String, String)]) -> Result<Who, Refusal> {
    let value = |name| values(form, name).next().unwrap_or_default().to_owned();
    match value("grant_type").as_str() {
        "password" => Ok(call.state.by_password(value("username"), value("password")).await?),
        "" => Ok(call.who.clone()),
        _ => Err(Refusal::bad(Code::Unsupported, "grant_type must be password")),
    }
}

fn values<'a>(form: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Reads a form. What is wrong with it is not told in its own words, which may have a password.
async fn form(call: &mut Call) -> Result<Vec<(String, String)>, Refusal> {
    let bytes = receiving::all(call, MAX_FORM_BYTES).await?;
    let wrong = |_| Refusal::bad(Code::Unsupported, "the body is no form (x-www-form-urlencoded)");
    let kind = "application/x-www-form-urlencoded";
    let mut request = Request::new(Body::from(bytes));
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    let Form(form) = Form::from_request(request, &()).await.map_err(wrong)?;
    Ok(form)
}
