from django.contrib.staticfiles.finders import BaseFinder


class NowhereFinder(BaseFinder):
    """One that nobody can look into."""

    def find(self, path, all=False, **kwargs):
        return []

    def list(self, ignore_patterns):
        return []
