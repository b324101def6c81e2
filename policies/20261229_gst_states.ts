// The states as GST numbers them. A union territory with a legislature (Delhi, Jammu and Kashmir, Puducherry) has an SGST
// Act. 25 is part of 26 since 26-Jan-2020; 28 was Andhra Pradesh before Telangana, which is 37 now.
const SOURCE = 'State codes of the GST portal; UTGST Act 2017, s.1(2) and s.2(8). The list is to be verified';
const STATES: readonly (readonly [code: string, name: string, isUnionTerritory: boolean])[] = [
  ['01', 'Jammu and Kashmir', false],
  ['02', 'Himachal Pradesh', false],
  ['03', 'Punjab', false],
  ['04', 'Chandigarh', true],
  ['05', 'Uttarakhand', false],
  ['06', 'Haryana', false],
  ['07', 'Delhi', false],
  ['08', 'Rajasthan', false],
  ['09', 'Uttar Pradesh', false],
  ['10', 'Bihar', false],
  ['11', 'Sikkim', false],
  ['12', 'Arunachal Pradesh', false],
  ['13', 'Nagaland', false],
  ['14', 'Manipur', false],
  ['15', 'Mizoram', false],
  ['16', 'Tripura', false],
  ['17', 'Meghalaya', false],
  ['18', 'Assam', false],
  ['19', 'West Bengal', false],
  ['20', 'Jharkhand', false],
  ['21', 'Odisha', false],
  ['22', 'Chhattisgarh', false],
  ['23', 'Madhya Pradesh', false],
  ['24', 'Gujarat', false],
  ['26', 'Dadra and Nagar Haveli and Daman and Diu', true],
  ['27', 'Maharashtra', false],
  ['29', 'Karnataka', false],
  ['30', 'Goa', false],
  ['31', 'Lakshadweep', true],
  ['32', 'Kerala', false],
  ['33', 'Tamil Nadu', false],
  ['34', 'Puducherry', false],
  ['35', 'Andaman and Nicobar Islands', true],
  ['36', 'Telangana', false],
  ['37', 'Andhra Pradesh', false],
  ['38', 'Ladakh', true],
  ['97', 'Other Territory', true],
];
const EARLIER: typeof STATES = [
  ['25', 'Daman and Diu', true],
  ['28', 'Andhra Pradesh before 2014', false],
];
const NOW: Readonly<Record<string, string>> = { 25: '26', 28: '37' };

const row = ([code, name, isUnionTerritory]: (typeof STATES)[number]): string =>
  `('${code}', '${name}', ${isUnionTerritory}, ${NOW[code] === undefined ? 'null' : `'${NOW[code]}'`}, '${SOURCE}')`;

export const sql = `
  insert into gst_states (code, name, is_union_territory, became, source) values
    ${[...STATES, ...EARLIER].map(row).join(', ')};
`;
