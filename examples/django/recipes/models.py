from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.text import slugify


class Recipe(models.Model):
    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True, allow_unicode=True, editable=False)
    summary = models.CharField(max_length=240)
    ingredients = models.TextField(help_text="One per line.")
    method = models.TextField(help_text="One step per line.")
    minutes = models.PositiveIntegerField(default=30)
    serves = models.PositiveIntegerField(default=4)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = self.free_slug()
        super().save(*args, **kwargs)

    def free_slug(self):
        wanted = slugify(self.title, allow_unicode=True) or "recipe"
        slug, number = wanted, 1
        while Recipe.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{wanted}-{number}"
        return slug

    def get_absolute_url(self):
        return reverse("recipes:detail", args=[self.slug])

    @property
    def ingredient_list(self):
        return self.ingredients.splitlines()

    @property
    def steps(self):
        return self.method.splitlines()


class Note(models.Model):
    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="notes")
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=2000)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self):
        return f"{self.name} on {self.recipe}"


class Upload(models.Model):
    file = models.FileField(upload_to="uploads/%Y/%m/")
    size = models.PositiveBigIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self):
        return self.file.name
