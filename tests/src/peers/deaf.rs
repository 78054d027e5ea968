//! A listener that never accepts: its queue is full, so a connect to it neither succeeds nor is refused.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// Keeps the queue full for as long as it lives.
pub struct DeafListener {
    address: SocketAddr,
    // Held, not used: the listener and the connections that fill its queue.
    _sockets: Vec<Socket>,
}

impl DeafListener {
    /// One on 127.0.0.1.
    ///
    /// # Panics
    /// If it cannot listen.
    pub fn start() -> Self {
        Self::at(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).expect("a port on 127.0.0.1")
    }

    /// One with the port of another server, on another of this machine's own addresses. The first of them
    /// sorts where `127.0.0.1` does, so a resolver can put it first.
    ///
    /// # Errors
    /// The system has no second loopback address.
    pub fn beside(port: u16) -> io::Result<Self> {
        let second = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
        Self::at(SocketAddr::new(second, port))
    }

    fn at(address: SocketAddr) -> io::Result<Self> {
        let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        listener.bind(&address.into())?;
        listener.listen(0)?;
        let address = listener.local_addr()?.as_socket().expect("an IP address");
        let mut sockets = vec![listener];
        // Over loopback a connect is through at once, or not at all: the first that is not proves that the
        // queue is full.
        for _ in 0..512 {
            let filler = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            let _ = filler.connect(&address.into());
            let stuck = filler.peer_addr().is_err();
            sockets.push(filler);
            if stuck {
                return Ok(Self { address, _sockets: sockets });
            }
        }
        Err(io::Error::other("the queue of a listener is never full here"))
    }

    /// A ws url that leads to it.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }
}

/// An address on which nobody listens: a connect to it is refused.
///
/// # Panics
/// If no port can be had.
pub fn refusing() -> (Socket, SocketAddr) {
    // Bound and not listening: nobody else can get the port meanwhile.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0).into()).expect("a port");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("its address");
    (socket, address)
}
