//! Turns errors of rustls into a [`Cause`], in words that a person can act on. A fault of the server's certificate is
//! code 7. Everything else is code 1, including an alert *from* the server about certificates (rule C).

use core::fmt;
use std::sync::Arc;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::alert;
use crate::error::Cause;

/// How many of a certificate's names are shown. Some have hundreds.
const NAMES_SHOWN: usize = 4;

/// The error text for a server that answers the hello in plain HTTP.
pub(super) const IN_HTTP: &str = "the server answered in plain HTTP: the port is for ws, so use a url that starts with ws:// or the port for wss";

pub(super) fn cause(error: &Error) -> Cause {
    match error {
        Error::InvalidCertificate(why) => Cause::Certificate(certificate(why)),
        Error::NoCertificatesPresented => Cause::Certificate("the server sent none".into()),
        Error::InvalidMessage(InvalidMessage::CertificatePayloadTooLarge) => {
            Cause::Certificate("the server sent more than 64 KiB of certificates".into())
        }
        Error::AlertReceived(alert) => Cause::TlsAlert(alert::name(u8::from(*alert)).into()),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => {
            Cause::Tls("what the server sent is not TLS: is this port for ws, or for something else?".into())
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Cause::Tls("the server speaks no version of TLS that is accepted here".into()),
        Error::DecryptError => Cause::Tls("a record from the server was damaged on its way".into()),
        other => Cause::Tls(other.to_string().into()),
    }
}

/// What is wrong with a certificate. The text follows "the server's certificate is not valid: ".
fn certificate(error: &CertificateError) -> Arc<str> {
    match error {
        CertificateError::Expired => "it has expired".into(),
        CertificateError::ExpiredContext { time, not_after } => {
            format!("it expired on {}, and it is {} here", Date(*not_after), Date(*time)).into()
        }
        CertificateError::NotValidYet => "it is not valid yet".into(),
        CertificateError::NotValidYetContext { time, not_before } => {
            format!("it is not valid before {}, and it is {} here", Date(*not_before), Date(*time)).into()
        }
        CertificateError::NotValidForName => "it is for another host".into(),
        CertificateError::NotValidForNameContext { expected, presented } => wrong_name(expected, presented),
        CertificateError::UnknownIssuer => {
            "no authority that is trusted here issued it: it is self-signed, its root is unknown, or the server \
             does not send its intermediate certificates"
                .into()
        }
        CertificateError::Revoked => "it was revoked".into(),
        CertificateError::UnknownRevocationStatus => "it is not known whether it was revoked".into(),
        CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. } => {
            "it is not known whether it was revoked: the revocation list has expired".into()
        }
        CertificateError::BadEncoding => "it is malformed".into(),
        CertificateError::UnhandledCriticalExtension => {
            "it has a critical extension that is not understood here".into()
        }
        CertificateError::BadSignature => "a signature is wrong: the server does not have its key, or another authority with the name of a trusted one issued it".into(),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed with an algorithm, or by a key, that is not accepted here".into()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for servers (extended key usage)".into()
        }
        CertificateError::InvalidOcspResponse => "the server's proof that it was not revoked is not valid".into(),
        CertificateError::ApplicationVerificationFailure => "the verifier of this application refused it".into(),
        CertificateError::Other(other) => other_certificate(&other.to_string()),
        // The enum may grow, and has a deprecated variant that is no longer used.
        more => more.to_string().into(),
    }
}

/// An error without a variant, by the name that the verifier gives it.
fn other_certificate(name: &str) -> Arc<str> {
    match name {
        "CaUsedAsEndEntity" => {
            "it is the certificate of an authority, not of a server: issue one with CA:FALSE".into()
        }
        "EndEntityUsedAsCa" => "a certificate that may not issue others has issued it".into(),
        "NameConstraintViolation" => "its issuer may not issue certificates for such names".into(),
        other => format!("it was refused with {other}").into(),
    }
}

fn wrong_name(expected: &ServerName<'_>, presented: &[String]) -> Arc<str> {
    // The maker of the certificate chose the names, so nothing in them may change how the message is shown.
    let harmless = |name: &String| bare_name(name).chars().take(100).flat_map(char::escape_debug).collect();
    let shown: Vec<String> = presented.iter().take(NAMES_SHOWN).map(harmless).collect();
    let (shown, expected) = (shown.join(", "), expected.to_str());
    match presented.len().saturating_sub(NAMES_SHOWN) {
        _ if presented.is_empty() => format!("it names no host, so it is not for {expected}"),
        0 => format!("it is for {shown}, not for {expected}"),
        more => format!("it is for {shown} and {more} more names, not for {expected}"),
    }
    .into()
}

/// A name without the verifier's wrapping: `DnsName("x")`, `IpAddress(x)`.
fn bare_name(shown: &str) -> &str {
    shown
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .map_or(shown, |inner| inner.trim_matches('"'))
}

/// A time as `2026-01-31 23:59:59 UTC`.
struct Date(UnixTime);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 24 * 60 * 60;
        /// The calendar repeats after this many years, which have this many days.
        const CYCLE: (u64, u64) = (400, 146_097);
        let seconds = self.0.as_secs();
        let (mut days, second) = (seconds / DAY, seconds % DAY);
        let mut year = 1970 + days / CYCLE.1 * CYCLE.0;
        days %= CYCLE.1;
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        while days >= 365 + u64::from(is_leap(year)) {
            days -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let mut month = 1;
        for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC", days + 1)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{Date, UnixTime, bare_name, certificate, wrong_name};
    use crate::ErrorCode;
    use rustls::pki_types::ServerName;
    use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

    fn date(seconds: u64) -> String {
        Date(UnixTime::since_unix_epoch(Duration::from_secs(seconds))).to_string()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(date(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(date(1_767_225_599), "2025-12-31 23:59:59 UTC");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00:00 UTC");
        assert_eq!(date(253_402_300_799), "9999-12-31 23:59:59 UTC");
        // However far off, it ends.
        assert!(date(u64::MAX).ends_with(" UTC"));
    }

    #[test]
    fn c7_names_are_few_and_harmless() {
        let host = ServerName::try_from("a.example").expect("a name");
        assert_eq!(&*wrong_name(&host, &[]), "it names no host, so it is not for a.example");
        let names: Vec<String> = (0..6).map(|n| format!("DnsName(\"n{n}.example\")")).collect();
        assert_eq!(
            &*wrong_name(&host, &names),
            "it is for n0.example, n1.example, n2.example, n3.example and 2 more names, not for a.example"
        );
        let evil = wrong_name(&host, &["DnsName(\"a\u{1b}[2J\n\")".to_owned()]);
        assert!(!evil.chars().any(char::is_control), "{evil:?}");
        assert_eq!(bare_name("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(bare_name("whatever"), "whatever");
    }

    /// Rule C: what we find wrong with the certificate is 7, an alert about certificates is 1.
    #[test]
    fn c_codes() {
        let code = |error: Error| super::cause(&error).code();
        for error in [
            CertificateError::Expired,
            CertificateError::NotValidYet,
            CertificateError::NotValidForName,
            CertificateError::UnknownIssuer,
            CertificateError::Revoked,
            CertificateError::UnknownRevocationStatus,
            CertificateError::ExpiredRevocationList,
            CertificateError::BadEncoding,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::BadSignature,
            CertificateError::InvalidPurpose,
            CertificateError::InvalidOcspResponse,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: vec![],
                supported_algorithms: vec![],
            },
            CertificateError::Other(rustls::OtherError(std::sync::Arc::new(Error::DecryptError))),
        ] {
            assert!(certificate(&error).starts_with(|c: char| c.is_lowercase()), "{error:?}");
            assert_eq!(code(error.into()), ErrorCode::CertificateInvalid);
        }
        assert_eq!(code(Error::NoCertificatesPresented), ErrorCode::CertificateInvalid);
        for alert in (0..=u8::MAX).map(AlertDescription::from) {
            assert_eq!(code(Error::AlertReceived(alert)), ErrorCode::Unknown);
        }
        assert_eq!(code(InvalidMessage::InvalidContentType.into()), ErrorCode::Unknown);
        assert_eq!(code(Error::General("x".to_owned())), ErrorCode::Unknown);
    }
}
