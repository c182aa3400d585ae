"""Role SSO with the vendor's clients: IMS's providers, the unsigned call, and the credentials
provider that reads its environment, inside an instance and without a key."""

import base64
import datetime
import hashlib
import http.server
import json
import threading
import time
import uuid
from xml.etree import ElementTree

import pytest
from alibabacloud_ims20190815 import client as ims_client, models as ims
from alibabacloud_ram20150501 import models as ram
from alibabacloud_sts20150401 import client as sts_client, models as sts
from alibabacloud_tea_openapi.models import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from Tea.exceptions import TeaException

from cloud import Cloud, allow
from conftest import Server


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length):
    return encode(value.to_bytes(length, "big"))


class Issuer:
    """An issuer of tokens on the machine, with a key of each kind."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(issuer.documents()[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def documents(self):
        public, point = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        keys = [
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "r",
             "n": number(public.n, 256), "e": number(public.e, 3)},
            {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "e",
             "x": number(point.x, 32), "y": number(point.y, 32)},
        ]
        return {
            "/.well-known/openid-configuration":
                {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": keys},
        }

    def token(self, algorithm="RS256", **changes):
        now = int(time.time())
        claims = {"iss": self.url, "sub": "alice", "aud": "app", "iat": now, "exp": now + 600}
        kid = {"RS256": "r", "ES256": "e"}[algorithm]
        header = {"alg": algorithm, "typ": "JWT", "kid": kid}
        parts = [encode(json.dumps(it).encode()) for it in (header, {**claims, **changes})]
        signed = ".".join(parts).encode()
        if algorithm == "RS256":
            signature = self.rsa.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = decode_dss_signature(self.ec.sign(signed, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"{signed.decode()}.{encode(signature)}"


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()


@pytest.fixture
def federated(folder, issuer):
    """A server that may ask issuers of the machine, with a provider and a role that trusts it."""
    server = Server(folder, "--issuer-network", "127.0.0.0/8").start()
    client = manager(server)
    made = client.create_oidcprovider(ims.CreateOIDCProviderRequest(
        oidcprovider_name="idp", issuer_url=issuer.url, client_ids="app")).body.oidcprovider
    trust = {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [made.arn]},
        "Condition": {"StringEquals": {
            "oidc:iss": issuer.url, "oidc:aud": "app", "oidc:sub": "alice"}},
    }
    Cloud(server).role(
        "deploy", allow("ram:ListRoles", "*"),
        trust=json.dumps({"Version": "1", "Statement": [trust]}))
    yield server
    server.stop()


def manager(server, cloud=None):
    return ims_client.Client((cloud or Cloud(server)).config())


def names(server):
    account = server.ready["account_id"]
    return {
        "oidcprovider_arn": f"acs:ram::{account}:oidc-provider/idp",
        "role_arn": f"acs:ram::{account}:role/deploy",
        "role_session_name": "run",
    }


def assume(server, token, **more):
    """The unsigned call, by a client that has no key at all."""
    client = sts_client.Client(Config(endpoint=server.address, protocol="http"))
    return client.assume_role_with_oidc(sts.AssumeRoleWithOIDCRequest(
        **{**names(server), "oidctoken": token, **more})).body


def refused(code, status, call, *arguments, **more):
    with pytest.raises(TeaException) as raised:
        call(*arguments, **more)
    assert (raised.value.code, raised.value.data.get("statusCode")) == (code, status)


def test_a_provider_from_its_making_to_its_end(server):
    client = manager(server)
    made = client.create_oidcprovider(ims.CreateOIDCProviderRequest(
        oidcprovider_name="idp", issuer_url="https://idp.example.com", client_ids="a,b",
        fingerprints="902ef2deeb3c5b13ea4c3d5193629309e231ae55", description="ours",
        issuance_limit_time=6)).body.oidcprovider
    assert made.arn == f"acs:ram::{server.ready['account_id']}:oidc-provider/idp"
    assert (made.client_ids, made.issuance_limit_time) == ("a,b", 6)
    refused("EntityAlreadyExists.OIDCProvider.Url", 409, client.create_oidcprovider,
            ims.CreateOIDCProviderRequest(
                oidcprovider_name="other", issuer_url="https://idp.example.com"))
    client.add_client_id_to_oidcprovider(ims.AddClientIdToOIDCProviderRequest(
        oidcprovider_name="idp", client_id="c"))
    client.remove_client_id_from_oidcprovider(ims.RemoveClientIdFromOIDCProviderRequest(
        oidcprovider_name="idp", client_id="a"))
    client.add_fingerprint_to_oidcprovider(ims.AddFingerprintToOIDCProviderRequest(
        oidcprovider_name="idp", fingerprint="ab12"))
    client.remove_fingerprint_from_oidcprovider(ims.RemoveFingerprintFromOIDCProviderRequest(
        oidcprovider_name="idp", fingerprint="902ef2deeb3c5b13ea4c3d5193629309e231ae55"))
    client.update_oidcprovider(ims.UpdateOIDCProviderRequest(
        oidcprovider_name="idp", new_description="theirs"))
    server.restart()
    client = manager(server)
    shown = client.get_oidcprovider(
        ims.GetOIDCProviderRequest(oidcprovider_name="idp")).body.oidcprovider
    assert (shown.client_ids, shown.fingerprints, shown.description) == ("b,c", "ab12", "theirs")
    listed = client.list_oidcproviders(ims.ListOIDCProvidersRequest()).body
    assert [it.oidcprovider_name for it in listed.oidcproviders.oidcprovider] == ["idp"]
    alice = Cloud(server).user("alice", allow("ram:GetOIDCProvider", "*"))
    manager(server, alice).get_oidcprovider(ims.GetOIDCProviderRequest(oidcprovider_name="idp"))
    refused("NoPermission", 403, manager(server, alice).delete_oidcprovider,
            ims.DeleteOIDCProviderRequest(oidcprovider_name="idp"))
    client.delete_oidcprovider(ims.DeleteOIDCProviderRequest(oidcprovider_name="idp"))
    refused("EntityNotExist.OIDCProvider", 404, client.get_oidcprovider,
            ims.GetOIDCProviderRequest(oidcprovider_name="idp"))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_gives_a_session(federated, issuer, algorithm):
    reply = assume(federated, issuer.token(algorithm))
    assert (reply.oidctoken_info.issuer, reply.oidctoken_info.subject) == (issuer.url, "alice")
    key = reply.credentials
    session = Cloud(federated, key.access_key_id, key.access_key_secret, key.security_token)
    account = federated.ready["account_id"]
    identity = session.sts.get_caller_identity().body
    assert identity.arn == f"acs:ram::{account}:assumed-role/deploy/run"
    assert session.ram.list_roles(ram.ListRolesRequest()).body.roles.role[0].role_name == "deploy"
    refused("NoPermission", 403, session.ram.list_users, ram.ListUsersRequest())
    manager(federated).delete_oidcprovider(ims.DeleteOIDCProviderRequest(oidcprovider_name="idp"))
    refused("InvalidSecurityToken.Malformed", 400, session.sts.get_caller_identity)


def test_what_is_refused(federated, issuer):
    now, invalid = int(time.time()), "AuthenticationFail.OIDCToken.Invalid"
    for token, expected in [
        (issuer.token(sub="bob"), ("AuthenticationFail.NoPermission", 403)),
        (issuer.token(aud="other"), (invalid, 401)),
        (issuer.token(iss="https://idp.example.com"), (invalid, 401)),
        (issuer.token(exp=now - 1), ("AuthenticationFail.OIDCToken.Expired", 401)),
        (issuer.token(nbf=now + 3600), (invalid, 401)),
        (Issuer().token(iss=issuer.url), (invalid, 401)),
        ("not a token", (invalid, 401)),
    ]:
        refused(*expected, assume, federated, token)
    account = federated.ready["account_id"]
    refused("EntityNotExist.OIDCProvider", 404, assume, federated, issuer.token(),
            oidcprovider_arn=f"acs:ram::{account}:oidc-provider/none")
    refused("InvalidParameter.DurationSeconds", 400, assume, federated, issuer.token(),
            duration_seconds=3601)
    anonymous = sts_client.Client(Config(endpoint=federated.address, protocol="http"))
    with pytest.raises(Exception):
        anonymous.get_caller_identity()


ENVIRONMENT = """
import json, os, sys
os.environ["ALIBABA_CLOUD_ROLE_ARN"], os.environ["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = sys.argv[1:3]
os.environ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = sys.argv[3]
os.environ["ALIBABA_CLOUD_ROLE_SESSION_NAME"] = "from-the-environment"
from alibabacloud_credentials.client import Client
from alibabacloud_credentials.models import Config
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.models import Config as Api
try:
    credential = Client(Config(type="oidc_role_arn"))
    credential.get_credential()
except Exception as error:
    print(json.dumps({"error": str(error)}))
    sys.exit()
identity = Sts(Api(credential=credential, endpoint="sts.aliyuncs.com")).get_caller_identity()
print(json.dumps({"arn": identity.body.arn}))
"""


def test_the_credentials_provider_of_the_environment(federated, issuer, ordinary_user):
    """As a pod does it: role, provider and a file with a token, over TLS to the vendor's name."""
    cloud = Cloud(federated)
    instance = cloud.instance(*cloud.network())
    federated_names = names(federated)
    file = federated.data.parent / "token"

    def inside(token):
        file.write_text(token)
        file.chmod(0o644)
        return federated.inside(
            instance, ENVIRONMENT, federated_names["role_arn"],
            federated_names["oidcprovider_arn"], str(file), user=ordinary_user)

    account = federated.ready["account_id"]
    arn = f"acs:ram::{account}:assumed-role/deploy/from-the-environment"
    assert inside(issuer.token()) == {"arn": arn}
    assert "AuthenticationFail.NoPermission" in inside(issuer.token(sub="bob"))["error"]


DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
NOTHING = "http://www.w3.org/2001/04/"


class SamlProvider:
    """A SAML provider; Python's own canonicalisation makes the bytes that it signs."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(self.key.public_key()).serial_number(1).not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1)).sign(self.key, hashes.SHA256()))

    def metadata(self):
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return base64.b64encode(f"""<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data>
      <ds:X509Certificate>{base64.b64encode(der).decode()}</ds:X509Certificate>
    </ds:X509Data></ds:KeyInfo></KeyDescriptor>
  </IDPSSODescriptor>
</EntityDescriptor>""".encode()).decode()

    def response(self, account, subject="alice", tamper=lambda text: text):
        now = datetime.datetime.now(datetime.timezone.utc)
        issued = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        until = (now + datetime.timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
        pair = f"acs:ram::{account}:role/sso,acs:ram::{account}:saml-provider/idp"
        attribute = "https://www.aliyun.com/SAML-Role/Attributes"
        assertion = f"""<saml:Assertion Version="2.0" ID="_{uuid.uuid4().hex}"
    IssueInstant="{issued}" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">
  <saml:Issuer>https://idp.example.com</saml:Issuer>SIGNATURE
  <saml:Subject><saml:NameID>{subject}</saml:NameID>
    <saml:SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'>
      <saml:SubjectConfirmationData Recipient="https://signin.aliyun.com/saml-role/sso"
        NotOnOrAfter="{until}"/></saml:SubjectConfirmation></saml:Subject>
  <saml:Conditions NotOnOrAfter="{until}" NotBefore="{issued}"><saml:AudienceRestriction>
    <saml:Audience>urn:alibaba:cloudcomputing</saml:Audience>
  </saml:AudienceRestriction></saml:Conditions>
  <saml:AttributeStatement>
    <saml:Attribute Name="{attribute}/Role"><saml:AttributeValue
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">{pair}</saml:AttributeValue></saml:Attribute>
    <saml:Attribute Name="{attribute}/RoleSessionName"><saml:AttributeValue>{subject}</saml:AttributeValue></saml:Attribute>
  </saml:AttributeStatement>
</saml:Assertion>"""
        plain = assertion.replace("SIGNATURE", "")
        digest = hashlib.sha256(ElementTree.canonicalize(plain).encode()).digest()
        identity = plain.split('ID="')[1].split('"')[0]
        info = f"""<ds:SignedInfo xmlns:ds="{DS}">
  <ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>
  <ds:SignatureMethod Algorithm="{NOTHING}xmldsig-more#rsa-sha256"/>
  <ds:Reference URI="#{identity}"><ds:Transforms>
    <ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}"/>
  </ds:Transforms><ds:DigestMethod Algorithm="{NOTHING}xmlenc#sha256"/>
  <ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference>
</ds:SignedInfo>"""
        value = self.key.sign(
            ElementTree.canonicalize(info).encode(), padding.PKCS1v15(), hashes.SHA256())
        signature = f"""<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>
{base64.encodebytes(value).decode()}</ds:SignatureValue></ds:Signature>"""
        document = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
    ID="_{uuid.uuid4().hex}" Version="2.0"><samlp:Status>
  <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
{assertion.replace("SIGNATURE", signature)}</samlp:Response>"""
        return base64.b64encode(tamper(document).encode()).decode()


def test_a_saml_response_gives_a_session_once(server):
    provider, account = SamlProvider(), server.ready["account_id"]
    manager(server).create_samlprovider(ims.CreateSAMLProviderRequest(
        samlprovider_name="idp", encoded_samlmetadata_document=provider.metadata()))
    names = {
        "samlprovider_arn": f"acs:ram::{account}:saml-provider/idp",
        "role_arn": f"acs:ram::{account}:role/sso",
    }
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Federated": [names["samlprovider_arn"]]}}
    Cloud(server).role("sso", allow("ram:ListRoles", "*"),
                       trust=json.dumps({"Version": "1", "Statement": [trust]}))
    client = sts_client.Client(Config(endpoint=server.address, protocol="http"))

    def assume_with(response):
        return client.assume_role_with_saml(sts.AssumeRoleWithSAMLRequest(
            **names, samlassertion=response)).body

    response = provider.response(account)
    reply = assume_with(response)
    assert reply.samlassertion_info.subject == "alice"
    key = reply.credentials
    session = Cloud(server, key.access_key_id, key.access_key_secret, key.security_token)
    identity = session.sts.get_caller_identity().body
    assert identity.arn == f"acs:ram::{account}:assumed-role/sso/alice"
    refused("AuthenticationFail.SAMLAssertion.Expired", 401, assume_with, response)
    server.restart()
    client = sts_client.Client(Config(endpoint=server.address, protocol="http"))
    refused("AuthenticationFail.SAMLAssertion.Expired", 401, assume_with, response)
    assume_with(provider.response(account, "bob"))
    for tamper in [
        lambda text: text.replace(">alice<", ">admin<"),
        lambda text: text.replace(">alice<", ">al<!-- -->ice<"),
        lambda text: text.replace("role/sso", "role/other"),
        lambda text: text.replace("rsa-sha256", "rsa-sha1"),
        lambda text: "<!DOCTYPE a>" + text,
    ]:
        refused("AuthenticationFail.SAMLAssertion.Invalid", 401, assume_with,
                provider.response(account, tamper=tamper))
    refused("AuthenticationFail.SAMLAssertion.Invalid", 401, assume_with,
            SamlProvider().response(account))
    manager(server).delete_samlprovider(ims.DeleteSAMLProviderRequest(samlprovider_name="idp"))
    refused("EntityNotExist.SAMLProvider", 404, assume_with, provider.response(account))
