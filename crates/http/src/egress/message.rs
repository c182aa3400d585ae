//! Messages, such as callbacks: who uploads an object says where they go.
//!
//! Unlike documents they may go without TLS to wherever they may go at all, as the vendor's do:
//! they carry no secret of ours, and their signature says who sends them.

use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, header};
use rolecall_gate::{Message, MessageError, Messenger, Reply};

use super::{
    Answered, AnyError, Bounds, Outward, PATIENCE, Place, ResolveError, connect, exchange, network,
};

impl Outward {
    async fn deliver(&self, message: Message<'_>) -> Result<Reply, MessageError> {
        let url = message.url;
        let failed = |source: AnyError| MessageError::Failed { url: url.to_owned(), source };
        let place = read(url)?;
        let bounds = Bounds { longest: message.longest_reply, tells_length: true };
        let names_server = message.names_server;
        let addresses = self.resolve(&place, |_| true).await.map_err(|error| match error {
            ResolveError::Forbidden => MessageError::Forbidden { url: url.to_owned() },
            ResolveError::Failed(source) => failed(source.into()),
        })?;
        let mut request = Request::post(&place.target)
            .header(header::HOST, message.host.unwrap_or(&place.authority))
            .header(header::CONNECTION, "close");
        for (name, value) in message.headers {
            request = request.header(name, value);
        }
        let request =
            request.body(Full::new(message.body)).map_err(|error| failed(error.into()))?;
        let stream = connect(&addresses).await.map_err(|error| failed(error.into()))?;
        let answered = if place.tls {
            let stream = self.secure(stream, &place, names_server).await.map_err(failed)?;
            exchange(stream, request, bounds).await
        } else {
            exchange(stream, request, bounds).await
        };
        match answered.map_err(failed)? {
            Answered::Body(body) => Ok(Reply { status: 200, body }),
            Answered::Status(status) => Ok(Reply { status: status.as_u16(), body: Bytes::new() }),
            Answered::Length => Err(MessageError::Length { url: url.to_owned() }),
        }
    }
}

impl Messenger for Outward {
    fn check(&self, url: &str) -> Result<String, MessageError> {
        let place = read(url)?;
        let address = place.host.parse::<IpAddr>().map(network::plain);
        if address.is_ok_and(|address| !network::may_be_asked(address, &self.allowed)) {
            return Err(MessageError::Forbidden { url: url.to_owned() });
        }
        Ok(place.target)
    }

    fn send<'a>(
        &'a self,
        message: Message<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, MessageError>> + Send + 'a>> {
        Box::pin(async move {
            let url = message.url;
            let sent = tokio::time::timeout(PATIENCE, self.deliver(message)).await;
            sent.unwrap_or_else(|_| Err(MessageError::Late { url: url.to_owned() }))
        })
    }
}

fn read(url: &str) -> Result<Place, MessageError> {
    Place::read(url).map_err(|reason| MessageError::Malformed { url: url.to_owned(), reason })
}

#[cfg(test)]
mod tests;
