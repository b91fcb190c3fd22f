"""What the business wants asked, scored and said."""
