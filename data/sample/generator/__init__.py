"""Generator of the Harbour Coffee sample: invented customers with a known, planted truth."""
