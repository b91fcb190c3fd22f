"""What people, providers and engines may do to the CRM: verb-first, keyword-only."""
