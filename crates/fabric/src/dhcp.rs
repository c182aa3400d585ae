//! The one lease of a virtual machine: DHCP tells it the addresses that its instance has.
//!
//! Source: RFC 2131, RFC 2132, and RFC 3442 for the routes.

use std::net::Ipv4Addr;

use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode, OptionCode};
use dhcproto::{Decodable, Decoder, Encodable};
use ipnet::Ipv4Net;

use crate::{DNS_ADDRESSES, service_addresses};

/// A lease for as long as the machine lives: its instance's address never changes.
const FOREVER: u32 = u32::MAX;

/// What a virtual machine gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The hardware address that alone is answered.
    pub(crate) hardware_address: [u8; 6],
    /// The instance's private address.
    pub(crate) address: Ipv4Addr,
    /// The length of its vSwitch's prefix.
    pub(crate) prefix_length: u8,
    /// The router of its vSwitch, in whose name we answer.
    pub(crate) router: Ipv4Addr,
    /// The addresses of its VPC, all of which the router leads to.
    pub(crate) vpc: Ipv4Net,
    /// The host name.
    pub(crate) hostname: String,
}

impl Lease {
    /// The answer to a message, if it is one for us and deserves one.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let request = Message::decode(&mut Decoder::new(bytes)).ok()?;
        let ours = request.chaddr() == self.hardware_address.as_slice();
        if request.opcode() != Opcode::BootRequest || !ours {
            return None;
        }
        let kind = match request.opts().msg_type()? {
            MessageType::Discover => MessageType::Offer,
            MessageType::Request => self.judge(&request)?,
            MessageType::Inform => MessageType::Ack,
            _ => return None,
        };
        self.reply(&request, kind).to_vec().ok()
    }

    /// Who asks for another address must ask anew; who chose another server is not ours.
    fn judge(&self, request: &Message) -> Option<MessageType> {
        if let Some(DhcpOption::ServerIdentifier(server)) =
            request.opts().get(OptionCode::ServerIdentifier)
            && *server != self.router
        {
            return None;
        }
        let wished = match request.opts().get(OptionCode::RequestedIpAddress) {
            Some(DhcpOption::RequestedIpAddress(address)) => *address,
            _ => request.ciaddr(),
        };
        Some(if wished == self.address { MessageType::Ack } else { MessageType::Nak })
    }

    fn reply(&self, request: &Message, kind: MessageType) -> Message {
        let mut reply = Message::default();
        reply
            .set_opcode(Opcode::BootReply)
            .set_xid(request.xid())
            .set_flags(request.flags())
            .set_giaddr(request.giaddr())
            .set_chaddr(&self.hardware_address);
        let options = reply.opts_mut();
        options.insert(DhcpOption::MessageType(kind));
        options.insert(DhcpOption::ServerIdentifier(self.router));
        if kind == MessageType::Nak {
            return reply;
        }
        options.insert(DhcpOption::SubnetMask(self.mask()));
        options.insert(DhcpOption::DomainNameServer(DNS_ADDRESSES.to_vec()));
        options.insert(DhcpOption::Hostname(self.hostname.clone()));
        options.insert(DhcpOption::ClasslessStaticRoute(self.routes()));
        if request.opts().msg_type() != Some(MessageType::Inform) {
            options.insert(DhcpOption::AddressLeaseTime(FOREVER));
            reply.set_yiaddr(self.address);
        }
        reply
    }

    fn mask(&self) -> Ipv4Addr {
        Ipv4Net::new(self.address, self.prefix_length)
            .map_or(Ipv4Addr::BROADCAST, |net| net.netmask())
    }

    /// The services, which are on the link, and the rest of the VPC. There is no default route: as
    /// in other instances, what is not served fails at once.
    fn routes(&self) -> Vec<(Ipv4Net, Ipv4Addr)> {
        let on_link = Ipv4Addr::UNSPECIFIED;
        service_addresses()
            .map(|service| (Ipv4Net::from(service), on_link))
            .chain([(self.vpc, self.router)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::METADATA_ADDRESS;

    fn lease() -> Lease {
        Lease {
            hardware_address: [0, 0x16, 0x3e, 0, 0, 9],
            address: [192, 168, 0, 9].into(),
            prefix_length: 24,
            router: [192, 168, 0, 253].into(),
            vpc: "192.168.0.0/16".parse().unwrap(),
            hostname: "web-1".to_owned(),
        }
    }

    fn request(kind: MessageType, options: &[DhcpOption]) -> Message {
        let mut message = Message::default();
        message.set_opcode(Opcode::BootRequest).set_chaddr(&lease().hardware_address).set_xid(7);
        message.opts_mut().insert(DhcpOption::MessageType(kind));
        for option in options {
            message.opts_mut().insert(option.clone());
        }
        message
    }

    fn answer(message: &Message) -> Option<Message> {
        let bytes = lease().answer(&message.to_vec().unwrap())?;
        Some(Message::decode(&mut Decoder::new(&bytes)).unwrap())
    }

    #[test]
    fn a_machine_gets_what_its_instance_has() {
        let offer = answer(&request(MessageType::Discover, &[])).unwrap();
        assert!(offer.opts().has_msg_type(MessageType::Offer));
        let chosen = [
            DhcpOption::ServerIdentifier([192, 168, 0, 253].into()),
            DhcpOption::RequestedIpAddress(offer.yiaddr()),
        ];
        let ack = answer(&request(MessageType::Request, &chosen)).unwrap();
        assert!(ack.opts().has_msg_type(MessageType::Ack));
        assert_eq!((ack.xid(), ack.yiaddr()), (7, [192, 168, 0, 9].into()));
        let option = |code| ack.opts().get(code).cloned().unwrap();
        assert_eq!(
            option(OptionCode::SubnetMask),
            DhcpOption::SubnetMask([255, 255, 255, 0].into())
        );
        assert_eq!(option(OptionCode::Hostname), DhcpOption::Hostname("web-1".to_owned()));
        let DhcpOption::ClasslessStaticRoute(routes) = option(OptionCode::ClasslessStaticRoute)
        else {
            panic!("no routes");
        };
        let metadata = Ipv4Net::from(METADATA_ADDRESS);
        assert!(routes.contains(&(metadata, Ipv4Addr::UNSPECIFIED)), "{routes:?}");
        assert!(routes.iter().all(|(to, _)| to.prefix_len() > 0), "no default route");
    }

    #[test]
    fn another_address_is_refused() {
        let other = [DhcpOption::RequestedIpAddress([192, 168, 0, 10].into())];
        let nak = answer(&request(MessageType::Request, &other)).unwrap();
        assert!(nak.opts().has_msg_type(MessageType::Nak));
        assert_eq!(nak.yiaddr(), Ipv4Addr::UNSPECIFIED);
    }

    #[test]
    fn nobody_else_is_answered() {
        let mut stranger = request(MessageType::Discover, &[]);
        stranger.set_chaddr(&[2, 0, 0, 0, 0, 1]);
        assert_eq!(answer(&stranger), None);
        let elsewhere = [DhcpOption::ServerIdentifier([192, 168, 0, 1].into())];
        assert_eq!(answer(&request(MessageType::Request, &elsewhere)), None);
        let mut reply = request(MessageType::Discover, &[]);
        reply.set_opcode(Opcode::BootReply);
        assert_eq!(answer(&reply), None);
        assert_eq!(answer(&request(MessageType::Release, &[])), None);
        let whole = request(MessageType::Discover, &[]).to_vec().unwrap();
        for length in 0..whole.len() {
            let cut = whole.get(..length).unwrap();
            let _no_panic = lease().answer(cut);
        }
    }
}
