"""What core or a plugin suggests to staff, who accept it or not: nothing happens by itself."""
