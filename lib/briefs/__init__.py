"""What people take away: hand-outs, teacher sheets, briefs and chapters as one model of a document, and its writers."""
