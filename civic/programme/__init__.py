"""What the city funds and where: the axis, its actions and their budgets; quartieri, zone and places."""
