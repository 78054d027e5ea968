//! U5: what a server may answer to which offer (RFC 7692 §5, §7.1).

use super::*;

fn judge(line: &str, offer: Offer) -> Result<(u8, u8, bool, bool), ExtensionError> {
    Agreement::judge([line], &[offer]).map(|agreed| {
        let it = agreed.expect("a line was there");
        (it.client_window_bits, it.server_window_bits, it.client_takeover, it.server_takeover)
    })
}

#[test]
fn u5_offers_as_they_are_written() {
    let offer = |offer: Offer| offer.to_string().replace("permessage-deflate", "");
    assert_eq!(offer(Offer::new()), "; client_max_window_bits");
    assert_eq!(offer(Offer::new().client_window_bits(3)), "; client_max_window_bits=8");
    assert_eq!(offer(Offer::new().client_window_bits(99).server_window_bits(99)), "; client_max_window_bits");
    assert_eq!(
        offer(Offer::new().server_window_bits(3).server_takeover(false)),
        "; server_no_context_takeover; server_max_window_bits=8; client_max_window_bits"
    );
    assert_eq!(
        offer(Offer::new().client_takeover(false).client_window_bits(9)),
        "; client_no_context_takeover; client_max_window_bits=9"
    );
}

#[test]
fn u5_accepted_as_answered() {
    let any = Offer::new();
    assert_eq!(judge("permessage-deflate", any), Ok((15, 15, true, true)));
    assert_eq!(judge(" \tpermessage-deflate\t ", any), Ok((15, 15, true, true)));
    assert_eq!(judge(", permessage-deflate ,,", any), Ok((15, 15, true, true)), "empty elements are none");
    // §7.1.2.1: a server may bound its own window unasked, and §7.1.1 leave out its context or ask for ours.
    assert_eq!(judge("permessage-deflate; server_max_window_bits=8", any), Ok((15, 8, true, true)));
    assert_eq!(judge("permessage-deflate; server_no_context_takeover", any), Ok((15, 15, true, false)));
    assert_eq!(judge("permessage-deflate; client_no_context_takeover", any), Ok((15, 15, false, true)));
    assert_eq!(judge("permessage-deflate; client_max_window_bits=8", any), Ok((8, 15, true, true)));
    assert_eq!(judge("permessage-deflate;client_max_window_bits = \"1\\0\"", any), Ok((10, 15, true, true)));
    // Sides: each bound is its owner's.
    let line = "permessage-deflate; server_max_window_bits=9; client_max_window_bits=12";
    assert_eq!(judge(line, any), Ok((12, 9, true, true)));
    // What was offered for ourselves is kept to where the server says nothing.
    assert_eq!(judge("permessage-deflate", any.client_window_bits(10)), Ok((10, 15, true, true)));
    assert_eq!(judge("permessage-deflate", any.client_takeover(false)), Ok((15, 15, false, true)));
    assert_eq!(
        judge("permessage-deflate; server_max_window_bits=9", any.server_window_bits(10)),
        Ok((15, 9, true, true))
    );
}

#[test]
fn u5_refused_and_said_why() {
    use ExtensionError as E;
    let any = Offer::new();
    let bounded = any.client_window_bits(10).server_window_bits(10).server_takeover(false);
    let with = |parameters: &str| format!("permessage-deflate; {parameters}");
    for value in ["", "=", "=7", "=16", "=08", "=+9", "=9x", "=\"\"", "=\"8 \"", "=0x9", "=999999999999"] {
        for name in ["client_max_window_bits", "server_max_window_bits"] {
            let refused = judge(&with(&format!("{name}{value}")), any);
            assert!(
                matches!(&refused, Err(E::ParameterValue(which)) if *which == name)
                    || refused == Err(E::Malformed),
                "{name}{value}: {refused:?}"
            );
        }
    }
    for name in ["client_no_context_takeover", "server_no_context_takeover"] {
        assert_eq!(judge(&with(&format!("{name}=1")), any), Err(E::ParameterValue(name)));
        assert_eq!(judge(&with(&format!("{name}; {name}")), any), Err(E::RepeatedParameter(name)));
    }
    for name in ["client_max_window_bits", "server_max_window_bits"] {
        assert_eq!(judge(&with(&format!("{name}=9; {name}=9")), any), Err(E::RepeatedParameter(name)));
    }
    for (parameters, expected) in [
        ("x", E::UnknownParameter("x".into())),
        ("Client_max_window_bits=9", E::UnknownParameter("Client_max_window_bits".into())),
    ] {
        assert_eq!(judge(&with(parameters), any), Err(expected));
    }
    for (parameters, expected) in [
        ("server_no_context_takeover", E::ParameterMissing("server_max_window_bits")),
        ("server_max_window_bits=10", E::ParameterMissing("server_no_context_takeover")),
        (
            "server_no_context_takeover; server_max_window_bits=11",
            E::ParameterNotOffered("server_max_window_bits"),
        ),
        (
            "server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11",
            E::ParameterNotOffered("client_max_window_bits"),
        ),
    ] {
        assert_eq!(judge(&with(parameters), bounded), Err(expected));
    }
    for (line, expected) in [
        ("permessage-deflate, permessage-deflate", E::Twice),
        ("permessage-deflate, x-webkit-deflate-frame", E::NotOffered),
        ("Permessage-Deflate", E::NotOffered),
        ("permessage-deflate;", E::Malformed),
        ("permessage-deflate x", E::Malformed),
        ("permessage-deflate; client_max_window_bits=\"9", E::Malformed),
        ("permessage-deflate; =9", E::Malformed),
        ("\"permessage-deflate\"", E::Malformed),
    ] {
        assert_eq!(judge(line, any), Err(expected), "{line}");
    }
    assert_eq!(Agreement::judge(["permessage-deflate"; 2], &[any]), Err(E::Twice), "in two lines");
    assert_eq!(Agreement::judge(["permessage-deflate"], &[]), Err(E::NotOffered));
    assert_eq!(Agreement::judge([], &[any]), Ok(None), "it need not be taken");
    let words =
        judge(&with("client_max_window_bits=12"), any.client_window_bits(11)).unwrap_err().to_string();
    assert_eq!(words, "the server set client_max_window_bits to more than was offered");
}

/// RFC 7692 §5.1: the server takes the first that it can. Which one that was is not said.
#[test]
fn u5_an_answer_to_any_of_the_offers_will_do() {
    let offers =
        [Offer::new().server_window_bits(10).client_window_bits(9), Offer::new().client_window_bits(12)];
    let judge = |line| Agreement::judge([line], &offers).map(|agreed| agreed.unwrap());
    let first = judge("permessage-deflate; server_max_window_bits=10").unwrap();
    assert_eq!((first.client_window_bits, first.server_window_bits), (9, 10));
    let second = judge("permessage-deflate; server_max_window_bits=11").unwrap();
    assert_eq!((second.client_window_bits, second.server_window_bits), (12, 11));
    let neither = judge("permessage-deflate; client_max_window_bits=13");
    assert_eq!(neither, Err(ExtensionError::ParameterNotOffered("client_max_window_bits")));
}
