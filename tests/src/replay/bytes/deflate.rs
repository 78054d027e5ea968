//! What is agreed on compression, and compressed messages, however the stream is cut.

use connect_socket_core::Workspace;
use connect_socket_core::deflate::{Agreement, Offer};
use connect_socket_core::frame::{Decoder, Limits};

use super::cuts::Cut;
use crate::vectors::bytes::Play;
use crate::vectors::bytes::deflate::{Agreed, Input, Offered, Outcome, Verdict};
use crate::vectors::bytes::frames_in::Told;

impl From<Offered> for Offer {
    fn from(offered: Offered) -> Self {
        let offer = Self::new()
            .client_window_bits(offered.client_bits)
            .server_takeover(offered.server_takeover)
            .client_takeover(offered.client_takeover);
        offered.server_bits.map_or(offer, |bits| offer.server_window_bits(bits))
    }
}

impl Play for Input {
    type Outcome = Outcome;

    fn play(&self) -> Result<Outcome, String> {
        let offers: Vec<Offer> = self.offers.iter().copied().map(Offer::from).collect();
        let judged = Agreement::judge(self.extensions.iter().map(String::as_str), &offers);
        let (answer, agreed) = match judged {
            Err(_) => {
                return Ok(Outcome { answer: Verdict::Refused, agreed: None, told: Vec::new(), fails: None });
            }
            Ok(None) => (Verdict::None, None),
            Ok(Some(agreed)) => (Verdict::Agreed, Some(agreed)),
        };
        let (told, fails) = self.read(agreed, Cut::Everywhere);
        for cut in Cut::all(self.bytes_hex.0.len()) {
            let here = self.read(agreed, cut);
            if here != (told.clone(), fails) {
                return Err(format!("cut {cut:?}: {here:?}; byte by byte: {told:?}, {fails:?}"));
            }
        }
        let agreed = agreed.map(|it| Agreed {
            server_bits: it.server_window_bits,
            client_bits: it.client_window_bits,
            server_takeover: it.server_takeover,
            client_takeover: it.client_takeover,
        });
        Ok(Outcome { answer, agreed, told, fails })
    }
}

impl Input {
    fn read(&self, agreed: Option<Agreement>, cut: Cut) -> (Vec<Told>, Option<u16>) {
        let limits = Limits { frame: u64::MAX, message: self.message_limit };
        let (mut decoder, mut work) = (Decoder::new(limits), Workspace::default());
        if let Some(agreed) = agreed {
            decoder.inflate(agreed);
        }
        let mut told = Vec::new();
        for mut piece in cut.pieces(&self.bytes_hex.0) {
            loop {
                match decoder.decode(&mut piece, &mut work) {
                    Ok(Some(item)) => told.push(item.into()),
                    Ok(None) => break,
                    Err(error) => return (told, Some(error.close_code())),
                }
            }
        }
        (told, None)
    }
}
