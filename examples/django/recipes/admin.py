from django.contrib import admin

from .models import Note, Recipe, Upload


class NoteInline(admin.TabularInline):
    model = Note
    extra = 0


@admin.register(Recipe)
class RecipeAdmin(admin.ModelAdmin):
    list_display = ["title", "minutes", "serves", "author", "created"]
    list_filter = ["minutes"]
    search_fields = ["title", "summary", "ingredients"]
    inlines = [NoteInline]


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    list_display = ["file", "size", "created"]
    readonly_fields = ["size", "sha256"]

    def has_add_permission(self, request):
        return False  # the page /uploads/ measures the file while it takes it
