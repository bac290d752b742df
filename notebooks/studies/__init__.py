"""The studies: one module or package a chapter, none of which imports another."""
