'use strict';
// Uploads with callbacks by ali-oss. The server's address, a key and the application's URL come in
// the arguments; what the application answered is printed as one JSON document.

const OSS = require('ali-oss');

const [endpoint, accessKeyId, accessKeySecret, url] = process.argv.slice(2);

const client = new OSS({
  endpoint,
  accessKeyId,
  accessKeySecret,
  region: 'oss-cn-hangzhou',
  sldEnable: true,
  authorizationV4: true,
  secure: false,
});

async function main() {
  await client.putBucket('ali-callback');
  client.useBucket('ali-callback');
  const callback = {
    url,
    body: 'object=${object}&size=${size}&mine=${x:mine}',
    contentType: 'application/x-www-form-urlencoded',
    customValue: { mine: 'a b' },
  };
  const put = await client.put('k', Buffer.from('content'), { callback });
  const content = Buffer.alloc(350 * 1024);
  const parts = await client.multipartUpload('parts', content, { partSize: 100 * 1024, callback });
  console.log(JSON.stringify({ put: put.data, parts: parts.data }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
