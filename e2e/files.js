// Files to send: real ones, and such as nobody should send.
import { crc32, deflateSync } from 'node:zlib';

const chunk = (kind, data) => {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** A PNG whose header says `width` × `height`; its pixels (a soft gradient) are `rows` high, as many as it says unless it lies. */
export function png(width, height, rows = height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.alloc(1 + width * 3);
  const pixels = Buffer.concat(
    Array.from({ length: rows }, (_, y) => {
      for (let x = 0; x < width; x++) line.set([180 + (x * 60) / width, 120 + (y * 90) / height, 140], 1 + x * 3);
      return Buffer.from(line);
    }),
  );
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}
