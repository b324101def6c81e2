// GSTINs under the jurisdiction of the Centre are no state's: what is supplied to them is between two states.
export const sql = `
  insert into gst_states (code, name, is_union_territory, became, source) values
    ('99', 'Centre jurisdiction', false, null, 'State codes of the GST portal. The list is to be verified');
`;
