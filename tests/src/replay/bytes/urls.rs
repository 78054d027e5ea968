//! Urls and data: the checks of V and the request of Q.

use connect_socket_core::params::Request;

use crate::vectors::bytes::Play;
use crate::vectors::bytes::urls::{Input, Outcome, Target, Validity};

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        Ok(match Request::check(&self.call.options(), self.require_wss, self.head_limit) {
            Ok(request) => {
                Outcome { result: Validity::Valid, error: None, request: Some(target_of(&request)?) }
            }
            Err(refusal) => {
                let error = Some(refusal.cause().code().number());
                Outcome { result: Validity::Invalid, error, request: None }
            }
        })
    }
}

fn target_of(request: &Request) -> Result<Target, String> {
    let head = String::from_utf8(request.head([0; 16])).map_err(|error| error.to_string())?;
    let mut lines = head.split("\r\n");
    let mut line = |before: &str, behind: &str| {
        let line = lines.next().and_then(|line| line.strip_prefix(before)?.strip_suffix(behind));
        line.map(str::to_owned).ok_or_else(|| format!("no {before}in {head:?}"))
    };
    Ok(Target {
        secure: request.secure(),
        host: request.host().to_string(),
        port: request.port(),
        target: line("GET ", " HTTP/1.1")?,
        host_header: line("Host: ", "")?,
    })
}
