//! soketto as its users have it: messages are read into a buffer that is used again, and text is checked by hand.

use soketto::connection::{Builder, Mode};
use soketto::{Data, Incoming, Receiver, Sender};

use super::client::Client;
use super::wire::{Kind, Messages, Wire, run};

pub(super) struct Soketto {
    sender: Sender<Wire>,
    receiver: Receiver<Wire>,
    message: Vec<u8>,
    kind: Kind,
    payload: Vec<u8>,
}

impl Client for Soketto {
    fn open(wire: Wire, messages: &Messages) -> Self {
        let (sender, receiver) = Builder::new(wire, Mode::Client).finish();
        Self { sender, receiver, message: Vec::new(), kind: messages.kind, payload: messages.payload.clone() }
    }

    fn receive(&mut self, count: usize, mut seen: impl FnMut(&[u8])) {
        run(async {
            for _ in 0..count {
                self.message.clear();
                match self.receiver.receive(&mut self.message).await.expect("a message") {
                    Incoming::Data(Data::Binary(_)) => {}
                    Incoming::Data(Data::Text(_)) => {
                        assert!(std::str::from_utf8(&self.message).is_ok(), "text");
                    }
                    other => panic!("{other:?}"),
                }
                seen(&self.message);
            }
        });
    }

    fn send(&mut self, count: usize) {
        run(async {
            for _ in 0..count {
                let sent = match self.kind {
                    Kind::Binary => self.sender.send_binary(&self.payload).await,
                    Kind::Ascii | Kind::Mixed => {
                        let text = std::str::from_utf8(&self.payload).expect("UTF-8");
                        self.sender.send_text(text).await
                    }
                };
                sent.expect("a sink");
            }
            self.sender.flush().await.expect("a sink");
        });
    }
}
