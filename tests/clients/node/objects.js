'use strict';
// The everyday life of objects by ali-oss. The server's address, a key and a signature version come
// in the arguments; each step says what it saw, as one JSON document at the end.

const assert = require('node:assert');
const { Readable } = require('node:stream');
const OSS = require('ali-oss');

const [endpoint, accessKeyId, accessKeySecret, version] = process.argv.slice(2);
const BUCKET = `ali-${version.toLowerCase()}`;
const NAME = 'dir/中文 a+b&c=d.txt';

const isNamed = new URL(endpoint).hostname === 'localhost';

const client = new OSS({
  endpoint,
  accessKeyId,
  accessKeySecret,
  region: 'oss-cn-hangzhou',
  // With an IP address the client names the bucket in `Host` itself, and would name it twice.
  sldEnable: isNamed,
  authorizationV4: version === 'V4',
  secure: false,
});

/// The error of a call that must fail, as the client shows it.
async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return { status: error.status, code: error.code };
  }
  throw new Error('the call did not fail');
}

async function main() {
  const seen = {};
  seen.made = (await client.putBucket(BUCKET)).bucket;
  client.useBucket(BUCKET);
  seen.buckets = (await client.listBuckets({ prefix: BUCKET })).buckets.map(({ name }) => name);

  const put = await client.put(NAME, Buffer.from('content'), { meta: { author: 'me' } });
  seen.put = put.res.status;
  const got = await client.get(NAME);
  seen.content = got.content.toString();
  seen.meta = (await client.head(NAME)).meta;
  seen.range = (await client.get(NAME, { headers: { Range: 'bytes=1-3' } })).content.toString();

  await client.putStream('stream', Readable.from([Buffer.alloc(300_000, 'x'), Buffer.from('end')]));
  seen.streamed = (await client.head('stream')).res.headers['content-length'];
  const { stream } = await client.getStream('stream');
  let length = 0;
  for await (const piece of stream) length += piece.length;
  seen.read = length;

  for (let index = 0; index < 12; index += 1) await client.put(`many/${index}`, Buffer.from('x'));
  const first = await client.list({ prefix: 'many/', 'max-keys': 5 });
  seen.page = [first.objects.length, first.isTruncated];
  const folded = await client.listV2({ delimiter: '/' });
  seen.prefixes = folded.prefixes;

  const parts = await client.multipartUpload('parts', Buffer.alloc(350 * 1024, 'p'), {
    partSize: 100 * 1024, parallel: 2,
  });
  seen.parts = parts.res.status;
  seen.partsLength = (await client.head('parts')).res.headers['content-length'];

  await client.copy('copy', NAME);
  seen.copied = (await client.get('copy')).content.toString();

  const copied = await client.multipartUploadCopy('copied-parts', {
    sourceKey: 'parts', sourceBucketName: BUCKET,
  }, { partSize: 100 * 1024 });
  seen.partsCopied = copied.res.status;
  const bytes = (await client.get('copied-parts')).content;
  seen.copiedLength = bytes.equals(Buffer.alloc(350 * 1024, 'p')) ? bytes.length : 'other bytes';

  const append = await client.append('log', Buffer.from('one'));
  await client.append('log', Buffer.from('two'), { position: append.nextAppendPosition });
  seen.appended = (await client.get('log')).content.toString();
  seen.position = await refusal(client.append('log', Buffer.from('x'), { position: '1' }));

  await client.putSymlink('link', NAME);
  seen.link = (await client.getSymlink('link')).targetName;
  seen.through = (await client.get('link')).content.toString();

  await client.putObjectTagging(NAME, { color: 'blue' });
  seen.tags = (await client.getObjectTagging(NAME)).tag;
  await client.putACL('copy', 'public-read');
  seen.acl = (await client.getACL('copy')).acl;

  // Of an IP address the client makes no V1 URL, and a V4 one that does not name the bucket.
  if (isNamed) {
    const url = version === 'V4'
      ? await client.signatureUrlV4('GET', 60, {}, NAME)
      : client.signatureUrl(NAME, { expires: 60 });
    seen.byUrl = await (await fetch(url)).text();
  }

  seen.missing = await refusal(client.get('none'));
  seen.noBucket = await refusal(client.getBucketInfo('there-is-none'));

  const listed = await client.list({ 'max-keys': 1000 });
  const names = listed.objects.map(({ name }) => name);
  const deleted = await client.deleteMulti(names, { quiet: false });
  seen.deleted = deleted.deleted.length === names.length;
  await client.deleteBucket(BUCKET);
  seen.gone = await refusal(client.getBucketInfo(BUCKET));
  assert.ok(seen.deleted);
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
