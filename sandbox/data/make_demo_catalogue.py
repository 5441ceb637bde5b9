"""Writes demo_catalogue.json: 500 sellable items (380 simple, 120 variations of 20 parents), the same each time.

Run `python sandbox/data/make_demo_catalogue.py` after a change and commit the JSON. Rows come in blocks of 19
simple items and one parent with its 6 variations, so that any prefix of the list is a believable shop.
"""

import json
import random
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Noun = tuple[str, str, int, str]  # English, Arabic, price in SAR, weight in kg

# (category path, Arabic path, tax class, nouns, sizes of them)
SIMPLE: list[tuple[list[str], list[str], str, list[Noun], list[tuple[str, str]]]] = [
    (
        ["Grocery", "Coffee"],
        ["بقالة", "قهوة"],
        "standard",
        [
            ("Khawlani Coffee Beans", "بن خولاني", 58, "0.5"),
            ("Harari Coffee Beans", "بن هرري", 52, "0.5"),
            ("Blonde Arabic Coffee", "قهوة عربية شقراء", 39, "0.4"),
            ("Medium Roast Arabic Coffee", "قهوة عربية متوسطة التحميص", 41, "0.4"),
            ("Espresso Blend", "خلطة إسبريسو", 64, "0.5"),
            ("Turkish Coffee with Cardamom", "قهوة تركية بالهيل", 33, "0.3"),
            ("Decaf Coffee", "قهوة منزوعة الكافيين", 49, "0.4"),
        ],
        [("250 g", "250 غم"), ("500 g", "500 غم"), ("1 kg", "1 كغم")],
    ),
    (
        ["Grocery", "Dates"],
        ["بقالة", "تمور"],
        "standard",
        [
            ("Ajwa Dates", "تمر عجوة", 75, "1"),
            ("Sukkari Dates", "تمر سكري", 38, "1"),
            ("Khudri Dates", "تمر خضري", 29, "1"),
            ("Medjool Dates", "تمر مجدول", 82, "1"),
            ("Stuffed Dates with Almonds", "تمر محشو باللوز", 69, "0.8"),
            ("Date Molasses", "دبس التمر", 24, "0.9"),
            ("Mabroom Dates", "تمر مبروم", 55, "1"),
        ],
        [("500 g", "500 غم"), ("1 kg", "1 كغم"), ("3 kg", "3 كغم")],
    ),
    (
        ["Grocery", "Spices"],
        ["بقالة", "بهارات"],
        "standard",
        [
            ("Green Cardamom", "هيل أخضر", 62, "0.2"),
            ("Saffron Threads", "خيوط الزعفران", 95, "0.02"),
            ("Kabsa Spice Mix", "بهارات كبسة", 18, "0.2"),
            ("Dried Black Lime", "لومي أسود", 15, "0.25"),
            ("Sumac", "سماق", 14, "0.2"),
            ("Cinnamon Sticks", "عيدان القرفة", 19, "0.2"),
            ("Cumin Seeds", "كمون حب", 13, "0.2"),
        ],
        [("100 g", "100 غم"), ("250 g", "250 غم"), ("500 g", "500 غم")],
    ),
    (
        ["Grocery", "Honey"],
        ["بقالة", "عسل"],
        "standard",
        [
            ("Sidr Honey", "عسل سدر", 180, "0.6"),
            ("Talh Honey", "عسل طلح", 120, "0.6"),
            ("Samar Honey", "عسل سمر", 140, "0.6"),
            ("Black Seed Honey", "عسل بالحبة السوداء", 98, "0.6"),
            ("Mountain Flower Honey", "عسل زهور جبلية", 88, "0.6"),
            ("Honey Comb", "شمع العسل", 110, "0.5"),
            ("Royal Jelly Honey", "عسل بغذاء الملكات", 160, "0.4"),
        ],
        [("250 g", "250 غم"), ("500 g", "500 غم"), ("1 kg", "1 كغم")],
    ),
    (
        ["Beauty", "Oud & Perfume"],
        ["الجمال", "عود وعطور"],
        "standard",
        [
            ("Cambodian Oud Oil", "دهن عود كمبودي", 240, "0.1"),
            ("Taif Rose Oil", "دهن ورد طائفي", 310, "0.1"),
            ("White Musk Perfume", "عطر مسك أبيض", 85, "0.25"),
            ("Amber Perfume", "عطر عنبر", 130, "0.3"),
            ("Bakhoor Incense", "بخور معطر", 65, "0.15"),
            ("Oud Maattar", "عود معطر", 92, "0.1"),
            ("Hair Mist", "معطر شعر", 48, "0.2"),
        ],
        [("12 ml", "12 مل"), ("50 ml", "50 مل"), ("100 ml", "100 مل")],
    ),
    (
        ["Beauty", "Body Care"],
        ["الجمال", "العناية بالجسم"],
        "standard",
        [
            ("Argan Body Oil", "زيت أركان للجسم", 59, "0.25"),
            ("Olive Soap", "صابون زيت الزيتون", 17, "0.15"),
            ("Moroccan Bath Scrub", "مقشر حمام مغربي", 43, "0.4"),
            ("Shea Butter", "زبدة الشيا", 36, "0.3"),
            ("Rose Water", "ماء ورد", 22, "0.35"),
            ("Charcoal Mask", "قناع الفحم", 31, "0.15"),
            ("Hand Cream", "كريم اليدين", 19, "0.12"),
        ],
        [("100 ml", "100 مل"), ("200 ml", "200 مل"), ("400 ml", "400 مل")],
    ),
    (
        ["Home & Kitchen", "Cookware"],
        ["المنزل والمطبخ", "أواني الطهي"],
        "standard",
        [
            ("Granite Cooking Pot", "قدر جرانيت", 145, "2.4"),
            ("Non-stick Frying Pan", "مقلاة غير لاصقة", 79, "1.1"),
            ("Pressure Cooker", "قدر ضغط", 265, "3.2"),
            ("Stainless Steel Saucepan", "قدر ستانلس ستيل", 92, "1.3"),
            ("Clay Tagine", "طاجن فخار", 68, "2.1"),
            ("Baking Tray", "صينية خبز", 42, "0.9"),
            ("Steamer Basket", "سلة تبخير", 37, "0.5"),
        ],
        [("20 cm", "20 سم"), ("24 cm", "24 سم"), ("28 cm", "28 سم")],
    ),
    (
        ["Home & Kitchen", "Coffee Sets"],
        ["المنزل والمطبخ", "أطقم القهوة"],
        "standard",
        [
            ("Dallah Coffee Pot", "دلة قهوة", 119, "1.1"),
            ("Finjan Cup Set", "طقم فناجيل", 55, "0.8"),
            ("Glass Tea Set", "طقم شاي زجاجي", 74, "1.6"),
            ("Vacuum Flask", "ترمس حافظ للحرارة", 99, "1.2"),
            ("Serving Tray", "صينية تقديم", 63, "1.4"),
            ("Sugar Bowl", "سكرية", 28, "0.4"),
            ("Incense Burner", "مبخرة", 87, "0.9"),
        ],
        [("gold", "ذهبي"), ("silver", "فضي"), ("black", "أسود")],
    ),
    (
        ["Home & Kitchen", "Storage"],
        ["المنزل والمطبخ", "التخزين"],
        "standard",
        [
            ("Glass Food Container", "حافظة طعام زجاجية", 26, "0.7"),
            ("Spice Jar Set", "طقم برطمانات بهارات", 49, "1.2"),
            ("Rice Storage Box", "صندوق حفظ الأرز", 58, "1.5"),
            ("Lunch Box", "علبة غداء", 34, "0.4"),
            ("Water Bottle", "قارورة ماء", 45, "0.35"),
            ("Vacuum Bag Set", "طقم أكياس تفريغ", 39, "0.3"),
            ("Bread Box", "صندوق خبز", 83, "1.8"),
        ],
        [("small", "صغير"), ("medium", "وسط"), ("large", "كبير")],
    ),
    (
        ["Home & Kitchen", "Bedding"],
        ["المنزل والمطبخ", "مفروشات"],
        "standard",
        [
            ("Cotton Bed Sheet", "شرشف قطني", 129, "1.4"),
            ("Microfibre Duvet", "لحاف مايكروفايبر", 189, "2.6"),
            ("Memory Foam Pillow", "وسادة ميموري فوم", 95, "1.1"),
            ("Mattress Protector", "واقي مرتبة", 88, "1.2"),
            ("Wool Blanket", "بطانية صوف", 159, "2.2"),
            ("Bath Towel", "منشفة حمام", 47, "0.6"),
            ("Prayer Rug", "سجادة صلاة", 66, "0.9"),
        ],
        [("single", "مفرد"), ("double", "مزدوج"), ("king", "كينج")],
    ),
    (
        ["Electronics", "Accessories"],
        ["إلكترونيات", "إكسسوارات"],
        "standard",
        [
            ("USB-C Charging Cable", "كيبل شحن USB-C", 29, "0.08"),
            ("Fast Wall Charger", "شاحن جداري سريع", 69, "0.15"),
            ("Power Bank", "شاحن متنقل", 119, "0.35"),
            ("Phone Case", "غطاء جوال", 39, "0.06"),
            ("Screen Protector", "واقي شاشة", 25, "0.04"),
            ("Car Phone Holder", "حامل جوال للسيارة", 45, "0.2"),
            ("Bluetooth Earbuds", "سماعات بلوتوث", 149, "0.12"),
        ],
        [("standard", "عادي"), ("plus", "بلس"), ("pro", "برو")],
    ),
    (
        ["Electronics", "Smart Home"],
        ["إلكترونيات", "المنزل الذكي"],
        "standard",
        [
            ("Smart Plug", "مقبس ذكي", 59, "0.15"),
            ("LED Bulb", "لمبة ليد", 22, "0.1"),
            ("Motion Sensor", "حساس حركة", 75, "0.1"),
            ("Wi-Fi Camera", "كاميرا واي فاي", 179, "0.3"),
            ("Door Bell", "جرس باب", 210, "0.4"),
            ("Smart Thermostat", "منظم حرارة ذكي", 320, "0.5"),
            ("Extension Socket", "توصيلة كهرباء", 54, "0.6"),
        ],
        [("1-pack", "قطعة واحدة"), ("2-pack", "قطعتان"), ("4-pack", "أربع قطع")],
    ),
    (
        ["Office", "Paper"],
        ["مكتب", "ورقيات"],
        "standard",
        [
            ("Lined Notebook", "دفتر مسطر", 15, "0.3"),
            ("Sketch Book", "كراسة رسم", 28, "0.5"),
            ("Sticky Notes", "أوراق ملاحظات لاصقة", 9, "0.1"),
            ("Copy Paper", "ورق تصوير", 21, "2.5"),
            ("Envelope Pack", "حزمة ظروف", 17, "0.4"),
            ("Index Cards", "بطاقات فهرسة", 12, "0.25"),
            ("Desk Calendar", "تقويم مكتبي", 33, "0.35"),
        ],
        [("A6", "A6"), ("A5", "A5"), ("A4", "A4")],
    ),
    (
        ["Office", "Writing"],
        ["مكتب", "أدوات كتابة"],
        "standard",
        [
            ("Gel Pen Set", "طقم أقلام جل", 24, "0.1"),
            ("Fountain Pen", "قلم حبر سائل", 110, "0.08"),
            ("Calligraphy Reed Pen", "قلم خط قصب", 35, "0.05"),
            ("Highlighter Set", "طقم أقلام تظليل", 19, "0.1"),
            ("Pencil Box", "علبة أقلام رصاص", 16, "0.15"),
            ("Whiteboard Marker", "قلم سبورة", 11, "0.05"),
            ("Ink Bottle", "محبرة", 42, "0.2"),
        ],
        [("black", "أسود"), ("blue", "أزرق"), ("mixed", "ألوان مشكلة")],
    ),
    (
        ["Books", "Children"],
        ["كتب", "أطفال"],
        "zero-rate",
        [
            ("Arabic Alphabet Book", "كتاب الحروف العربية", 32, "0.4"),
            ("Bedtime Stories", "قصص ما قبل النوم", 45, "0.5"),
            ("Animals Picture Book", "كتاب الحيوانات المصور", 38, "0.45"),
            ("Numbers Workbook", "كراسة الأرقام", 22, "0.3"),
            ("Space Encyclopedia", "موسوعة الفضاء", 79, "0.9"),
            ("Desert Adventures", "مغامرات الصحراء", 41, "0.4"),
            ("Puzzle Book", "كتاب الألغاز", 27, "0.3"),
        ],
        [("volume 1", "الجزء الأول"), ("volume 2", "الجزء الثاني"), ("volume 3", "الجزء الثالث")],
    ),
    (
        ["Toys", "Educational"],
        ["ألعاب", "تعليمية"],
        "standard",
        [
            ("Wooden Blocks", "مكعبات خشبية", 69, "1.2"),
            ("Magnetic Tiles", "قطع مغناطيسية", 119, "1.4"),
            ("Science Kit", "حقيبة تجارب علمية", 89, "0.8"),
            ("World Map Puzzle", "أحجية خريطة العالم", 54, "0.7"),
            ("Counting Beads", "خرز العد", 31, "0.5"),
            ("Memory Game", "لعبة الذاكرة", 37, "0.4"),
            ("Modelling Clay", "صلصال تشكيل", 25, "0.6"),
        ],
        [("30 pieces", "30 قطعة"), ("60 pieces", "60 قطعة"), ("100 pieces", "100 قطعة")],
    ),
    (
        ["Sports", "Fitness"],
        ["رياضة", "لياقة"],
        "standard",
        [
            ("Yoga Mat", "سجادة يوغا", 79, "1.1"),
            ("Resistance Band", "حبل مقاومة", 35, "0.2"),
            ("Dumbbell Pair", "زوج دمبل", 139, "6"),
            ("Skipping Rope", "حبل قفز", 29, "0.25"),
            ("Foam Roller", "أسطوانة فوم", 65, "0.7"),
            ("Kettlebell", "كرة حديدية", 149, "8"),
            ("Sports Towel", "منشفة رياضية", 33, "0.3"),
        ],
        [("light", "خفيف"), ("medium", "متوسط"), ("heavy", "ثقيل")],
    ),
    (
        ["Sports", "Camping"],
        ["رياضة", "تخييم"],
        "standard",
        [
            ("Camping Tent", "خيمة تخييم", 399, "5.5"),
            ("Folding Chair", "كرسي قابل للطي", 95, "2.8"),
            ("Camping Stove", "موقد تخييم", 129, "1.6"),
            ("LED Lantern", "فانوس ليد", 75, "0.6"),
            ("Ice Box", "حافظة ثلج", 185, "3.4"),
            ("Ground Mat", "مفرش أرضي", 59, "1.3"),
            ("Thermal Kettle", "غلاية رحلات", 83, "0.9"),
        ],
        [("2 persons", "شخصان"), ("4 persons", "أربعة أشخاص"), ("6 persons", "ستة أشخاص")],
    ),
    (
        ["Health", "Supplements"],
        ["صحة", "مكملات"],
        "zero-rate",
        [
            ("Vitamin D3", "فيتامين د3", 49, "0.1"),
            ("Vitamin C", "فيتامين سي", 35, "0.12"),
            ("Omega 3", "أوميغا 3", 85, "0.2"),
            ("Zinc Tablets", "أقراص الزنك", 32, "0.1"),
            ("Magnesium", "مغنيسيوم", 58, "0.15"),
            ("Multivitamin", "فيتامينات متعددة", 72, "0.18"),
            ("Probiotic", "بروبيوتيك", 95, "0.1"),
        ],
        [("30 tablets", "30 قرصًا"), ("60 tablets", "60 قرصًا"), ("90 tablets", "90 قرصًا")],
    ),
    (
        ["Pets", "Cats"],
        ["حيوانات أليفة", "قطط"],
        "standard",
        [
            ("Dry Cat Food", "طعام قطط جاف", 68, "1.5"),
            ("Wet Cat Food", "طعام قطط رطب", 12, "0.1"),
            ("Cat Litter", "رمل قطط", 39, "5"),
            ("Scratching Post", "عمود خدش", 98, "2.4"),
            ("Cat Bed", "سرير قطط", 87, "1.1"),
            ("Feather Toy", "لعبة ريش", 18, "0.08"),
            ("Pet Carrier", "حقيبة نقل", 145, "1.9"),
        ],
        [("small", "صغير"), ("medium", "وسط"), ("large", "كبير")],
    ),
]

COLOURS = {
    "Red": "أحمر",
    "Blue": "أزرق",
    "Black": "أسود",
    "White": "أبيض",
    "Green": "أخضر",
    "Beige": "بيج",
}
SIZES = {"S": "S", "M": "M", "L": "L", "XL": "XL"}
# English, Arabic, price, weight, English category, Arabic category
VARIABLE: list[tuple[str, str, int, str, str, str]] = [
    ("Cotton T-Shirt", "تيشيرت قطني", 59, "0.2", "Men", "رجال"),
    ("Linen Shirt", "قميص كتان", 129, "0.3", "Men", "رجال"),
    ("White Thobe", "ثوب", 199, "0.5", "Men", "رجال"),
    ("Winter Jacket", "جاكيت شتوي", 289, "1.2", "Men", "رجال"),
    ("Chino Trousers", "بنطلون تشينو", 149, "0.6", "Men", "رجال"),
    ("Polo Shirt", "قميص بولو", 89, "0.25", "Men", "رجال"),
    ("Hooded Sweatshirt", "هودي", 139, "0.7", "Men", "رجال"),
    ("Classic Abaya", "عباية كلاسيكية", 249, "0.8", "Women", "نساء"),
    ("Embroidered Abaya", "عباية مطرزة", 389, "0.9", "Women", "نساء"),
    ("Maxi Dress", "فستان طويل", 219, "0.5", "Women", "نساء"),
    ("Silk Scarf", "طرحة حرير", 79, "0.1", "Women", "نساء"),
    ("Knitted Cardigan", "كارديجان محبوك", 159, "0.5", "Women", "نساء"),
    ("Pleated Skirt", "تنورة بكسرات", 119, "0.4", "Women", "نساء"),
    ("Sports Leggings", "ليقنز رياضي", 95, "0.25", "Women", "نساء"),
    ("Kids Pyjamas", "بيجامة أطفال", 69, "0.3", "Kids", "أطفال"),
    ("Kids Hoodie", "هودي أطفال", 85, "0.4", "Kids", "أطفال"),
    ("School Polo", "بولو مدرسي", 55, "0.2", "Kids", "أطفال"),
    ("Rain Jacket", "جاكيت مطر", 135, "0.5", "Kids", "أطفال"),
    ("Leather Sandals", "صندل جلد", 169, "0.6", "Shoes", "أحذية"),
    ("Running Shoes", "حذاء جري", 259, "0.8", "Shoes", "أحذية"),
]


def ean13(number: int) -> str:
    """A barcode of the Saudi range 628 with its check digit."""
    body = f"628{number:09d}"
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(body))
    return f"{body}{-total % 10}"


def money(value: float) -> str:
    return f"{value:.2f}"


def stock(rng: random.Random) -> dict[str, int]:
    return {"RUH": rng.randint(20, 180), "JED": rng.randint(10, 120)}


def simple_rows(block: int, rng: random.Random) -> list[Row]:
    path, path_ar, tax_class, nouns, sizes = SIMPLE[block]
    rows = []
    pairs = [(noun, index) for noun in nouns for index in range(3)][:19]
    for position, ((name, name_ar, price, weight), index) in enumerate(pairs):
        number = block * 19 + position + 1
        size, size_ar = sizes[index]
        amount = round(price * (1, 1.8, 3.1)[index] + rng.choice((0, 0.5, 0.95)), 2)
        special = money(round(amount * 0.85, 2)) if number % 9 == 0 else None
        rows.append(
            {
                "sku": f"DEMO-{number:04d}",
                "name_en": f"{name} {size}",
                "name_ar": f"{name_ar} {size_ar}",
                "type": "simple",
                "parent_sku": None,
                "attributes": {},
                "price": money(amount),
                "special_price": special,
                "weight": weight,
                "category": path,
                "category_ar": path_ar,
                "barcode": ean13(number),
                "stock": stock(rng),
                "tax_class": tax_class,
            }
        )
    return rows


def variable_rows(block: int, rng: random.Random) -> list[Row]:
    name, name_ar, price, weight, category, category_ar = VARIABLE[block]
    number = block + 1
    colours = rng.sample(list(COLOURS), 3) if block % 2 else rng.sample(list(COLOURS), 2)
    sizes = ["M", "L"] if block % 2 else ["S", "M", "L"]
    if number == 10:
        colours, sizes = ["Red", "Black", "Beige"], ["M", "L"]
    sku = f"DEMO-V{number:03d}"
    base: Row = {
        "category": ["Fashion", category],
        "category_ar": ["أزياء", category_ar],
        "tax_class": "standard",
        "weight": weight,
        "special_price": None,
    }
    rows: list[Row] = [
        {
            **base,
            "sku": sku,
            "name_en": name,
            "name_ar": name_ar,
            "type": "variable",
            "parent_sku": None,
            "attributes": {"Color": colours, "Size": sizes},
            "price": None,
            "barcode": None,
            "stock": {},
        }
    ]
    for index, (colour, size) in enumerate((c, s) for c in colours for s in sizes):
        rows.append(
            {
                **base,
                "sku": f"{sku}-{colour.upper()}-{size}",
                "name_en": f"{name} - {colour}, {size}",
                "name_ar": f"{name_ar} - {COLOURS[colour]}، {SIZES[size]}",
                "type": "variation",
                "parent_sku": sku,
                "attributes": {"Color": colour, "Size": size},
                "price": money(price + (10 if size in ("L", "XL") else 0)),
                "barcode": ean13(100_000 + number * 100 + index),
                "stock": stock(rng),
            }
        )
    return rows


KEYS = [
    "sku",
    "name_en",
    "name_ar",
    "type",
    "parent_sku",
    "attributes",
    "price",
    "special_price",
    "weight",
    "category",
    "category_ar",
    "barcode",
    "stock",
    "tax_class",
]


def make() -> list[Row]:
    rng = random.Random(2026)
    rows: list[Row] = []
    for block in range(20):
        rows += simple_rows(block, rng)
        rows += variable_rows(block, rng)
    return [{key: row[key] for key in KEYS} for row in rows]


def main() -> None:
    target = Path(__file__).with_name("demo_catalogue.json")
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in make())
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
