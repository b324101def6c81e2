const LATLONG = /^(-?\d{1,2}\.\d{4,10}),(-?\d{1,3}\.\d{4,10})$/;
/** A box around the country, in degrees. */
const INDIA = { south: 6, north: 37.5, west: 68, east: 97.5 };

/**
 * The degrees of a text `<latitude>,<longitude>` with four to ten decimals each; undefined for another form,
 * or outside India.
 */
export function placeInIndia(latlong: string): { lat: number; long: number } | undefined {
  const match = LATLONG.exec(latlong);
  if (match === null) return undefined;
  const [lat, long] = [Number(match[1]), Number(match[2])];
  const isInside = lat >= INDIA.south && lat <= INDIA.north && long >= INDIA.west && long <= INDIA.east;
  return isInside ? { lat, long } : undefined;
}
