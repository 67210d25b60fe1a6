import Martlet

print("martlet")
