//! Callbacks: what is sent when an object is stored, and what becomes of the answer.

mod refusing;

use std::collections::VecDeque;
use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use rolecall_crypto::CallbackKey;
use rolecall_gate::{Message, MessageError, Messenger, Reply};
use rolecall_oss::{CallbackKeys, Callbacks};
use rolecall_types::SeededRandom;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::forms::form;
use crate::support::{Answer, Request, Signed, World, get, put, request};

/// Where the public key is said to be.
const KEY_URL: &str = "http://127.0.0.1:4600/key.pem";

/// The key of all tests: to make one takes its time.
fn key() -> Arc<CallbackKey> {
    static KEY: OnceLock<Arc<CallbackKey>> = OnceLock::new();
    let make = || Arc::new(CallbackKey::read(&CallbackKey::generate().unwrap()).unwrap());
    Arc::clone(KEY.get_or_init(make))
}

/// A message as an application gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    url: String,
    host: Option<String>,
    names_server: bool,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }
}

/// What an application does with a message.
enum Does {
    Answers(u16, &'static str),
    Fails(fn(String) -> MessageError),
    Waits,
}

/// Applications at every address that does not begin with `private`.
struct Applications {
    heard: Mutex<Vec<Heard>>,
    /// What they do, one after the other; then they answer `{}`.
    will: Mutex<VecDeque<Does>>,
    /// Lets those go on who wait.
    released: Semaphore,
}

impl Messenger for Applications {
    fn check(&self, url: &str) -> Result<String, MessageError> {
        let (_, rest) = url.split_once("://").unwrap();
        if rest.starts_with("private") {
            return Err(MessageError::Forbidden { url: url.to_owned() });
        }
        if rest.contains(' ') {
            return Err(MessageError::Malformed { url: url.to_owned(), reason: "it has a space" });
        }
        Ok(rest.split_once('/').map_or("/".to_owned(), |(_, path)| format!("/{path}")))
    }

    fn send<'a>(
        &'a self,
        message: Message<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, MessageError>> + Send + 'a>> {
        assert_eq!(message.longest_reply, 1 << 20);
        self.heard.lock().unwrap().push(Heard {
            url: message.url.to_owned(),
            host: message.host.map(str::to_owned),
            names_server: message.names_server,
            headers: message.headers,
            body: String::from_utf8(message.body.to_vec()).unwrap(),
        });
        let does = self.will.lock().unwrap().pop_front().unwrap_or(Does::Answers(200, "{}"));
        Box::pin(async move {
            match does {
                Does::Answers(status, body) => {
                    Ok(Reply { status, body: Bytes::from_static(body.as_bytes()) })
                }
                Does::Fails(how) => Err(how(message.url.to_owned())),
                Does::Waits => {
                    self.released.acquire().await.unwrap().forget();
                    Ok(Reply { status: 200, body: Bytes::from_static(b"{}") })
                }
            }
        })
    }
}

struct Keys;

impl CallbackKeys for Keys {
    fn key(&self) -> BoxFuture<'_, Result<Arc<CallbackKey>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async { Ok(key()) })
    }
}

impl Applications {
    fn will(&self, does: impl IntoIterator<Item = Does>) {
        self.will.lock().unwrap().extend(does);
    }

    /// What was heard since the last look.
    fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

/// A service whose callbacks go to these applications.
fn calling(world: World) -> (World, Arc<Applications>) {
    let applications = Arc::new(Applications {
        heard: Mutex::default(),
        will: Mutex::default(),
        released: Semaphore::new(0),
    });
    let messenger: Arc<dyn Messenger> = applications.clone();
    (world.calling(Callbacks::new(messenger, Arc::new(Keys), KEY_URL)), applications)
}

fn encoded(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}

/// A callback to this URL that tells this.
fn told(url: &str, body: &str) -> String {
    encoded(&json!({"callbackUrl": url, "callbackBody": body}))
}

fn with(request: Request, callback: &str) -> Request {
    request.header("x-oss-callback", callback)
}

async fn begun(world: &World, key: &str) -> String {
    let answer = world.send(request("POST", "bucket", key).query("uploads", "")).await;
    let id = answer.xml().text("UploadId").to_owned();
    let part = put("bucket", key, "hello").query("uploadId", &id).query("partNumber", "1");
    world.send(part).await.assert_status(200);
    id
}

fn complete(key: &str, id: &str) -> Request {
    request("POST", "bucket", key).query("uploadId", id).header("x-oss-complete-all", "yes")
}

#[track_caller]
fn relayed(answer: &Answer, body: &str) {
    answer.assert_status(200);
    assert_eq!(String::from_utf8_lossy(&answer.body), body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_application_is_told_and_its_answer_is_the_answer() {
    let (world, applications) = calling(World::new().await);
    applications.will([Does::Answers(200, " {\"a\": [1, \"b\"]}\n")]);
    let body = "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mime=${mimeType}\
                &height=${imageInfo.height}&my=${x:my}&no=${x:no}&op=${operation}&ip=${clientIp}\
                &md5=${contentMd5}&crc=${crc64}&vpc=${vpcId}";
    let callback = encoded(&json!({
        "callbackUrl": "https://app.example.com/a%20b?c=%20d",
        "callbackHost": "host.example.com",
        "callbackBody": body,
        "callbackSNI": true,
    }));
    let variables = encoded(&json!({"x:my": "a&b=\u{e9}"}));
    let asked = with(put("bucket", "dir/\u{4e2d} b", "hello"), &callback)
        .header("x-oss-callback-var", &variables)
        .header("content-type", "text/plain");
    let answer = world.send(asked).await;
    relayed(&answer, " {\"a\": [1, \"b\"]}\n");
    assert_eq!(answer.header("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""));
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("11177612005948864433"));
    let [heard] = applications.heard().try_into().unwrap();
    assert_eq!(
        heard.body,
        "bucket=bucket&object=dir%2F%E4%B8%AD%20b&etag=5D41402ABC4B2A76B9719D911017C592&size=5\
         &mime=text%2Fplain&height=&my=a%26b%3D%C3%A9&no=&op=PutObject&ip=192.0.2.7\
         &md5=XUFAKrxLKna5cZ2REBfFkg%3D%3D&crc=11177612005948864433&vpc="
    );
    assert_eq!(heard.url, "https://app.example.com/a%20b?c=%20d");
    assert_eq!((heard.host.as_deref(), heard.names_server), (Some("host.example.com"), true));
    let signed = format!("/a b?c=%20d\n{}", heard.body);
    let signature = key().sign(signed.as_bytes(), &SeededRandom::new(1)).unwrap();
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", "aliyun-oss-callback"),
        ("x-oss-bucket", "bucket"),
        ("x-oss-object", "dir/%E4%B8%AD%20b"),
        ("x-oss-pub-key-url", &STANDARD.encode(KEY_URL)),
        ("x-oss-request-id", answer.header("x-oss-request-id").unwrap()),
        ("authorization", &signature),
    ] {
        assert_eq!(heard.header(name), value, "{name}");
    }
    assert_eq!(world.send(get("bucket", "dir/\u{4e2d} b")).await.body, b"hello");
}

#[tokio::test]
async fn a_form_brings_its_variables_in_fields() {
    let (world, applications) = calling(World::new().await);
    let callback = encoded(&json!({
        "callbackUrl": "app.example.com/cb",
        "callbackBody": r#"{"o":${object},"s":${size},"u":"<${x:user}>","op":"${operation}"}"#,
        "callbackBodyType": "application/json",
    }));
    let fields = [("key", "k"), ("callback", &*callback), ("x:user", "a\"b\u{e9}")];
    for extra in [("success_action_status", "201"), ("success_action_redirect", "http://a/")] {
        let answer = world.send(form(&[&fields[..], &[extra]].concat(), "hello")).await;
        relayed(&answer, "{}");
        assert_eq!(answer.header("location"), Some("http://127.0.0.1:4600/bucket/k"));
        let [heard] = applications.heard().try_into().unwrap();
        let body: Value = serde_json::from_str(&heard.body).unwrap();
        let expected = json!({"o": "k", "s": 5, "u": "<a\"b\u{e9}>", "op": "PostObject"});
        assert_eq!((body, heard.header("content-type")), (expected, "application/json"));
        assert_eq!(heard.url, "http://app.example.com/cb");
    }
    // What a browser sends in headers says nothing of the object.
    let asked = with(form(&[("key", "k")], "hello"), &callback);
    world.send(asked).await.assert_status(204);
    assert_eq!(applications.heard(), []);
}

#[tokio::test]
async fn a_completed_upload_calls_back() {
    let (world, applications) = calling(World::new().await);
    let id = begun(&world, "k").await;
    applications.will([Does::Answers(200, "{\"done\":1}")]);
    let callback = told("http://app", "${object} ${size} ${operation} ${contentMd5}");
    let answer = world.send(with(complete("k", &id), &callback)).await;
    relayed(&answer, "{\"done\":1}");
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some("11177612005948864433"));
    let [heard] = applications.heard().try_into().unwrap();
    assert_eq!(heard.body, "k 5 CompleteMultipartUpload ");
    assert_eq!(world.send(get("bucket", "k")).await.body, b"hello");
}

#[tokio::test]
async fn a_signed_url_has_its_callback_in_the_query() {
    let (world, applications) = calling(World::new().await);
    let variables = encoded(&json!({"x:a": "1"}));
    let asked = put("bucket", "k", "hello")
        .query("callback", &told("http://app", "${x:a}"))
        .query("callback-var", &variables)
        .signed(Signed::Url);
    relayed(&world.send(asked).await, "{}");
    let [heard] = applications.heard().try_into().unwrap();
    assert_eq!(heard.body, "1");
}

#[tokio::test]
async fn an_image_is_told_of() {
    let (world, applications) = calling(World::new().await);
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x01\x2C\0\0\0\xC8";
    let body = "${imageInfo.format} ${imageInfo.width}x${imageInfo.height}";
    let callback = told("http://app", body);
    world.send(with(put("bucket", "k", &png[..]), &callback)).await.assert_status(200);
    let encrypted = with(put("bucket", "k", &png[..]), &callback)
        .header("x-oss-server-side-encryption", "AES256");
    world.send(encrypted).await.assert_status(200);
    world.send(with(put("bucket", "k", "text"), &callback)).await.assert_status(200);
    world.send(with(put("bucket", "k", ""), &callback)).await.assert_status(200);
    let bodies: Vec<_> = applications.heard().into_iter().map(|heard| heard.body).collect();
    assert_eq!(bodies, ["png 300x200", "png 300x200", " x", " x"]);
}

#[tokio::test]
async fn a_callback_without_a_url_is_none() {
    let (world, applications) = calling(World::new().await);
    let callback = told("", "a");
    let answer = world.send(with(put("bucket", "k", "hello"), &callback)).await;
    answer.assert_status(200);
    assert_eq!((answer.body.len(), applications.heard().len()), (0, 0));
}
