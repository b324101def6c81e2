// The dihedral group D5: its products, and the permutation of each place.
const PRODUCT = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678', '5987604321', '6598710432', '7659821043', '8765932104', '9876543210'];
const PLACE = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258'];
const AADHAAR = /^[2-9]\d{11}$/;

/** Is the text in the form of an Aadhaar number: 12 digits, the first from 2 to 9, and Verhoeff's check digit (UIDAI)? */
export function isAadhaar(text: string): boolean {
  if (!AADHAAR.test(text)) return false;
  let check = 0;
  for (let i = 0; i < text.length; i++) check = Number(PRODUCT[check]![Number(PLACE[i % 8]![Number(text[text.length - 1 - i])])]);
  return check === 0;
}
