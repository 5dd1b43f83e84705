"""Fills an empty recipe box, and makes the user `admin` with the password `unicorn`. Changes nothing that is there."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from recipes.models import Note, Recipe

# title, summary, ingredients, steps, minutes, serves
RECIPES = [
    ("Apple crumble", "Warm, sharp and sweet, with a crust that crackles.", "6 apples|150 g flour|100 g butter|80 g brown sugar|1 tsp cinnamon", "Slice the apples into a dish.|Rub flour, butter and sugar to crumbs.|Cover and bake 35 minutes at 190 °C.", 55, 6),
    ("Aubergine pickle", "A week's patience, a year of sandwiches.", "2 aubergines|2 tbsp salt|200 ml vinegar|6 cloves garlic|1 chilli", "Salt the slices overnight.|Press, then simmer in vinegar for two minutes.|Layer in a jar with garlic and oil.", 40, 12),
    ("Barley soup", "Better on the second day.", "150 g barley|2 carrots|1 leek|1.5 l stock|Parsley", "Soften the vegetables.|Add barley and stock, simmer 45 minutes.|Finish with parsley.", 60, 4),
    ("Borscht", "Beetroot, dill and a spoon of sour cream.", "4 beetroots|1 cabbage|2 potatoes|1.5 l stock|Dill|Sour cream", "Roast the beetroots and peel them.|Simmer everything in the stock.|Serve with dill and cream.", 90, 6),
    ("Buttermilk pancakes", "Saturday, eight o'clock.", "250 g flour|300 ml buttermilk|2 eggs|1 tsp baking soda|Butter", "Whisk, but leave the lumps.|Rest ten minutes.|Fry in butter until bubbles stay open.", 25, 4),
    ("Chana masala", "Chickpeas in a dark tomato gravy.", "400 g chickpeas|3 tomatoes|2 onions|1 tbsp garam masala|Ginger", "Brown the onions slowly.|Add spices, then tomatoes.|Simmer with the chickpeas 30 minutes.", 50, 4),
    ("Cold cucumber soup", "For the hottest week of the year.", "2 cucumbers|500 g yoghurt|1 clove garlic|Mint|Walnuts", "Grate the cucumbers.|Stir everything together.|Chill for two hours.", 15, 4),
    ("Courgette fritters", "Crisp outside, green inside.", "3 courgettes|2 eggs|80 g flour|100 g feta", "Grate, salt and squeeze the courgettes.|Mix with the rest.|Fry by the spoonful.", 30, 3),
    ("Crème brûlée", "A sheet of amber over vanilla.", "500 ml cream|6 egg yolks|100 g sugar|1 vanilla pod", "Warm the cream with vanilla.|Whisk into yolks and sugar.|Bake in water at 110 °C, chill, and burn the top.", 80, 6),
    ("Dal with spinach", "What to cook when there is nothing in the house.", "250 g red lentils|300 g spinach|1 tsp cumin|1 tsp turmeric|Lemon", "Boil the lentils soft.|Fry cumin in butter and pour it over.|Fold in spinach and lemon.", 30, 4),
    ("Flammkuchen", "Thin as a newspaper.", "250 g flour|200 g crème fraîche|2 onions|150 g smoked tofu or bacon", "Roll the dough as thin as it goes.|Spread, scatter.|Bake at the oven's highest for 9 minutes.", 40, 2),
    ("Focaccia", "Press ten holes in it and go for a walk.", "500 g flour|400 ml water|7 g yeast|Olive oil|Rosemary|Salt flakes", "Mix, and fold four times in two hours.|Into an oiled tray, press holes.|Bake 22 minutes at 230 °C.", 180, 8),
    ("Gazpacho", "A salad you can drink.", "1 kg tomatoes|1 cucumber|1 pepper|1 slice bread|Sherry vinegar", "Blend all of it.|Pass through a sieve.|Serve ice cold.", 20, 6),
    ("Gnocchi", "Light if you are quick.", "1 kg floury potatoes|250 g flour|1 egg|Sage|Butter", "Rice the hot potatoes.|Fold in flour and egg, roll and cut.|Boil until they float, toss in sage butter.", 70, 4),
    ("Hummus", "Overcook the chickpeas on purpose.", "400 g chickpeas|150 g tahini|1 lemon|1 clove garlic|Ice water", "Blend the chickpeas hot.|Add tahini, lemon and garlic.|Loosen with ice water until pale.", 20, 6),
    ("Jollof rice", "The party rice.", "400 g rice|4 tomatoes|2 peppers|1 scotch bonnet|Thyme|Bay", "Blend and reduce the sauce until it splits.|Add rice and stock, cover tightly.|Let the bottom catch a little.", 60, 6),
    ("Kimchi stew", "For kimchi that has gone too far.", "300 g old kimchi|300 g tofu|1 tbsp gochujang|2 spring onions", "Fry the kimchi.|Add water and simmer 20 minutes.|Slip in the tofu.", 35, 3),
    ("Lemon tart", "Sharp enough to wake you.", "1 pastry case|5 eggs|150 g sugar|4 lemons|150 ml cream", "Whisk the filling and let it settle.|Fill the warm case.|Bake at 120 °C until it just trembles.", 75, 8),
    ("Miso aubergine", "Lacquered under the grill.", "2 aubergines|3 tbsp white miso|1 tbsp honey|Sesame", "Score, oil and grill until soft.|Brush with miso and honey.|Grill again until it blisters.", 30, 2),
    ("Mushroom risotto", "Stir, talk, stir.", "300 g risotto rice|400 g mushrooms|1 l stock|White wine|Parmesan", "Fry the mushrooms hard.|Toast the rice, wine, then stock by the ladle.|Beat in butter and cheese off the heat.", 40, 4),
    ("Onion soup", "Two hours for the onions, five minutes for the rest.", "1 kg onions|50 g butter|1 l stock|Bread|Gruyère", "Cook the onions to jam.|Add stock.|Bread and cheese on top, under the grill.", 130, 4),
    ("Pad thai", "Have everything cut before the pan is hot.", "200 g rice noodles|2 eggs|Tofu|Tamarind|Peanuts|Bean sprouts", "Soak the noodles.|Fry fast, sauce in, egg in.|Sprouts and peanuts at the end.", 25, 2),
    ("Potato salad", "Vinegar while they are hot.", "1 kg waxy potatoes|1 onion|150 ml hot stock|3 tbsp vinegar|Mustard|Chives", "Slice the potatoes warm.|Pour over stock, vinegar and mustard.|Wait half an hour, add oil and chives.", 60, 6),
    ("Ratatouille", "Each vegetable in its own time.", "2 aubergines|2 courgettes|2 peppers|6 tomatoes|Thyme", "Fry each vegetable by itself.|Bring them together with tomatoes and thyme.|Let it stand before you serve it.", 75, 6),
    ("Rye bread", "Dense, sour and honest.", "500 g rye flour|450 ml water|100 g starter|10 g salt", "Mix the evening before.|Into the tin in the morning.|Bake one hour, cut it tomorrow.", 720, 10),
    ("Shakshuka", "Eggs in a red sea.", "6 eggs|800 g tomatoes|2 peppers|1 tsp cumin|Feta", "Cook the sauce thick.|Make hollows, break in the eggs.|Lid on until just set.", 35, 3),
    ("Spätzle", "Through the holes of a colander if need be.", "400 g flour|4 eggs|150 ml water|Cheese|Fried onions", "Beat the dough until it blisters.|Press into boiling water.|Layer with cheese and onions.", 40, 4),
    ("Tomato toast", "Four things, all of them good.", "4 slices bread|3 ripe tomatoes|1 clove garlic|Olive oil", "Toast the bread.|Rub with garlic, then tomato.|Oil and salt.", 10, 2),
]

NOTES = [
    ("Focaccia", "Inès", "Left it in the fridge overnight: even better."),
    ("Focaccia", "Tom", "Ten holes are not enough."),
    ("Crème brûlée", "Zoë", "I have no burner. A hot spoon works!"),
    ("Apple crumble", "Anonymous", "Made it with pears ☺"),
]


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args, **options):
        User = get_user_model()
        if not User.objects.filter(username="admin").exists():
            User.objects.create_superuser("admin", "admin@example.com", "unicorn")
        if Recipe.objects.exists():
            return
        admin = User.objects.get(username="admin")
        for title, summary, ingredients, method, minutes, serves in RECIPES:
            Recipe.objects.create(
                title=title, summary=summary, ingredients=ingredients.replace("|", "\n"),
                method=method.replace("|", "\n"), minutes=minutes, serves=serves, author=admin,
            )
        for title, name, text in NOTES:
            Note.objects.create(recipe=Recipe.objects.get(title=title), name=name, text=text)
