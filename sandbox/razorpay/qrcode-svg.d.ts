/** The part of `qrcode-svg` that the page of the checkout uses; it brings no types. */
declare module 'qrcode-svg' {
  export default class QRCode {
    constructor(options: {
      content: string;
      ecl: 'L' | 'M' | 'Q' | 'H';
      join: boolean;
      padding: number;
      container: 'svg-viewbox';
      xmlDeclaration: boolean;
    });
    svg(): string;
  }
}
