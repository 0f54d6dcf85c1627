//! A query to one name server and its answer, over UDP from a port that the kernel draws for it alone, or over TCP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::counters::Counter;
use crate::families::Family;
use crate::limit::MAX_FOREIGN;
use crate::message::{Query, Verdict};
use crate::name::HostName;
use crate::outcome::Failure;
use crate::section::{NameServer, Section, Transport};

/// What a name server says of a name. Never ends where it says nothing: whoever asks has a clock.
pub(crate) async fn ask(
    section: Arc<Section>,
    by: usize,
    name: HostName,
    family: Family,
) -> Result<Vec<std::net::IpAddr>, Failure> {
    let Some(server) = section.name_servers.get(by) else { return Err(Failure::Other) };
    let inquiry = Inquiry { server, name, family, payload_bytes: section.settings.payload_bytes };
    let verdict = match server.transport {
        Transport::Udp => inquiry.udp().await,
        Transport::Tcp => inquiry.tcp().await,
    };
    match verdict {
        Ok(Verdict::Addresses(addresses)) => {
            server.counters.add(Counter::Valid);
            Ok(addresses)
        }
        Ok(Verdict::Nothing(failure, counter)) => {
            server.counters.add(counter);
            Err(failure)
        }
        Ok(Verdict::Truncated) => Err(Failure::Other),
        // Nobody there is silence: what says so may be forged, and may be over when it is asked again.
        Ok(Verdict::Foreign(_)) | Err(_) => std::future::pending().await,
    }
}

struct Inquiry<'a> {
    server: &'a NameServer,
    name: HostName,
    family: Family,
    payload_bytes: u16,
}

impl Inquiry<'_> {
    async fn udp(&self) -> io::Result<Verdict> {
        let query = self.query()?;
        let sent = async {
            let socket = UdpSocket::bind(any_port(self.server.address)).await?;
            socket.connect(self.server.address).await?;
            socket.send(query.bytes()).await?;
            io::Result::Ok(socket)
        };
        let socket = self.counted(sent.await)?;
        // One byte more shows what is too large.
        let mut buffer = vec![0; usize::from(self.payload_bytes) + 1];
        for _ in 0..MAX_FOREIGN {
            let length = socket.recv(&mut buffer).await?;
            if length > usize::from(self.payload_bytes) {
                self.server.counters.add(Counter::TooBig);
                continue;
            }
            match query.judge(buffer.get(..length).unwrap_or_default()) {
                Verdict::Foreign(counter) => self.server.counters.add(counter),
                // RFC 7766 section 5.
                Verdict::Truncated => {
                    self.server.counters.add(Counter::Truncated);
                    return Ok(self.tcp().await.unwrap_or(Verdict::Truncated));
                }
                verdict => return Ok(verdict),
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }

    async fn tcp(&self) -> io::Result<Verdict> {
        let query = self.query()?;
        let sent = async {
            let mut stream = TcpStream::connect(self.server.address).await?;
            let length = u16::try_from(query.bytes().len()).map_err(|_| io::ErrorKind::InvalidInput)?;
            stream.write_all(&[&length.to_be_bytes(), query.bytes()].concat()).await?;
            io::Result::Ok(stream)
        };
        let mut stream = self.counted(sent.await)?;
        let length = stream.read_u16().await?;
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await?;
        let verdict = query.judge(&answer);
        if let Verdict::Foreign(counter) = verdict {
            self.server.counters.add(counter);
        }
        Ok(verdict)
    }

    fn query(&self) -> io::Result<Query> {
        Query::new(&self.name, self.family, self.payload_bytes).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    fn counted<T>(&self, sent: io::Result<T>) -> io::Result<T> {
        self.server.counters.add(if sent.is_ok() { Counter::Sent } else { Counter::SendErrors });
        sent
    }
}

/// A port that the kernel draws at random (RFC 5452 section 9.2).
fn any_port(towards: SocketAddr) -> SocketAddr {
    match towards {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
