// Picture decoder of the shell: a PNG or JPEG file becomes a small PNG.
import type { NativeImage } from 'electron';
import type { DecodePicture } from '../app/conflicts/preview.ts';

type Images = {
  createFromBuffer(buffer: Buffer): Pick<NativeImage, 'getSize' | 'isEmpty' | 'resize' | 'toPNG'>;
};

/** The result is encoded from pixels: nothing else that the file holds reaches the page. */
export function createDecodePicture(images: Images): DecodePicture {
  return (bytes, edge) => {
    const image = images.createFromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (image.isEmpty()) return null;
    const { width, height } = image.getSize();
    const longest = Math.max(width, height);
    const side = (pixels: number) => Math.max(1, Math.round((pixels * edge) / longest));
    const small = longest > edge ? image.resize({ width: side(width), height: side(height) }) : image;
    return small.toPNG().toString('base64');
  };
}
