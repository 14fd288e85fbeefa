//! What a client may say on a stream connection: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, GET and SET_PROPERTY.

use serde_json::{Value, json};

/// A request that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// More streams.
    Subscribe(Vec<String>),
    /// Fewer streams.
    Unsubscribe(Vec<String>),
    /// Which streams?
    ListSubscriptions,
    /// Combined messages or raw ones.
    SetCombined(bool),
    /// Which of the two?
    GetCombined,
}

/// Reads a client's message: the request with its id, or the answer that says what is wrong.
pub fn parse(text: &str) -> Result<(Value, Request), String> {
    let message: Value = serde_json::from_str(text).map_err(|reason| {
        json!({"code": 3, "msg": format!("Invalid JSON: {reason}")}).to_string()
    })?;
    let id = message.get("id").cloned().unwrap_or(Value::Null);
    let well_formed = match &id {
        Value::Null => true,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => {
            text.len() <= 36 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }
        _ => false,
    };
    if !well_formed {
        let reason = "Invalid request: request ID must be an unsigned integer";
        return Err(json!({"code": 2, "msg": reason}).to_string());
    }
    let invalid = |reason: &str| {
        json!({"code": 2, "msg": format!("Invalid request: {reason}"), "id": id}).to_string()
    };
    let params = message
        .get("params")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let names = || {
        let name = |name: &Value| name.as_str().map(str::to_owned);
        params
            .iter()
            .map(name)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| invalid("a stream name is a string"))
    };
    let request = match message.get("method").and_then(Value::as_str) {
        Some("SUBSCRIBE") => Request::Subscribe(names()?),
        Some("UNSUBSCRIBE") => Request::Unsubscribe(names()?),
        Some("LIST_SUBSCRIPTIONS") => Request::ListSubscriptions,
        Some("GET_PROPERTY") if params == [json!("combined")] => Request::GetCombined,
        Some("SET_PROPERTY") => match params {
            [Value::String(name), Value::Bool(value)] if name == "combined" => {
                Request::SetCombined(*value)
            }
            _ => return Err(invalid("SET_PROPERTY takes \"combined\" and a boolean")),
        },
        Some(other) => return Err(invalid(&format!("unknown variant {other}"))),
        None => return Err(invalid("missing field method")),
    };
    Ok((id, request))
}

/// The answer to a request that was carried out.
pub fn answer(id: &Value, result: &Value) -> String {
    json!({"result": result, "id": id}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_what_is_none_is_told_why() {
        let subscribe = r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#;
        assert_eq!(
            parse(subscribe),
            Ok((
                json!(1),
                Request::Subscribe(vec!["btcusdt@trade".to_owned()])
            ))
        );
        assert_eq!(
            parse(r#"{"method":"LIST_SUBSCRIPTIONS","id":"a3"}"#),
            Ok((json!("a3"), Request::ListSubscriptions))
        );
        let cases = [
            ("nonsense", 3, "Invalid JSON"),
            (
                r#"{"method":"SUBSCRIBE","params":[7],"id":1}"#,
                2,
                "a stream name is a string",
            ),
            (r#"{"method":"JUMP","id":1}"#, 2, "unknown variant JUMP"),
            (r#"{"id":1}"#, 2, "missing field method"),
            (
                r#"{"method":"SUBSCRIBE","params":[],"id":[1]}"#,
                2,
                "request ID",
            ),
        ];
        for (text, code, part) in cases {
            let answer = parse(text).expect_err(text);
            assert!(
                answer.contains(&format!("\"code\":{code}")) && answer.contains(part),
                "{answer}"
            );
        }
    }
}
