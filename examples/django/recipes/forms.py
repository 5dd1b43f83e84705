from django import forms

from .models import Note, Recipe, Upload


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["name", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class RecipeForm(forms.ModelForm):
    class Meta:
        model = Recipe
        fields = ["title", "summary", "ingredients", "method", "minutes", "serves"]


class UploadForm(forms.ModelForm):
    class Meta:
        model = Upload
        fields = ["file"]
