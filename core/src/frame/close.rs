//! The payload of a received close frame (RFC 6455 §5.5.1 and §7.4, rule F4).

use super::error::FrameError;

/// The content of a close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseFrame<'a> {
    /// The close code.
    pub code: u16,
    /// The reason, perhaps empty.
    pub reason: &'a str,
}

impl<'a> CloseFrame<'a> {
    /// Reads a payload. None if it is empty, which is reported as 1005. The code is checked before the reason.
    pub(super) fn parse(payload: &'a [u8]) -> Result<Option<Self>, FrameError> {
        let Some((code, reason)) = payload.split_first_chunk() else {
            return if payload.is_empty() { Ok(None) } else { Err(FrameError::CloseTruncated) };
        };
        let code = u16::from_be_bytes(*code);
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => {}
            _ => return Err(FrameError::CloseCode(code)),
        }
        let reason = core::str::from_utf8(reason).map_err(|_| FrameError::CloseReasonNotUtf8)?;
        Ok(Some(Self { code, reason }))
    }
}
