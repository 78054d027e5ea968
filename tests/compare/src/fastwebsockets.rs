//! fastwebsockets: the request is hyper's, and the socket is your own.

use std::time::Instant;

use fastwebsockets::{FragmentCollector, Frame, OpCode, handshake};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper::{Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{Delay, PATIENCE, Result};

async fn connect(url: &str) -> Result<FragmentCollector<TokioIo<Upgraded>>> {
    let uri: Uri = url.parse()?;
    let host = uri.host().ok_or("no host")?;
    let port = uri.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await?;
    let request = Request::builder()
        .uri(uri.path())
        .header(HOST, format!("{host}:{port}"))
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())?;
    let (socket, _) = handshake::client(&TokioExecutor::new(), request, stream).await?;
    Ok(FragmentCollector::new(socket))
}

pub async fn echo(url: &str) -> Result {
    let mut socket = connect(url).await?;
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            OpCode::Close => return Ok(()),
            OpCode::Continuation | OpCode::Ping | OpCode::Pong => {}
        }
    }
}

pub async fn stay(url: &str, attempts: u32) -> Result {
    let mut delay = Delay::default();
    for _ in 0..attempts {
        let mut opened = None;
        if let Ok(mut socket) = connect(url).await {
            opened = Some(Instant::now());
            while let Ok(frame) = socket.read_frame().await {
                if frame.opcode == OpCode::Close {
                    break;
                }
                println!("{:?}", &frame.payload[..]);
            }
        }
        sleep(delay.next(opened)).await;
    }
    Ok(())
}

pub async fn leave(url: &str) -> Result {
    let mut socket = connect(url).await?;
    socket.write_frame(Frame::close(1000, b"done")).await?;
    timeout(PATIENCE, async {
        while socket.read_frame().await.is_ok_and(|frame| frame.opcode != OpCode::Close) {}
    })
    .await?;
    Ok(())
}
