namespace HilBench.Lab.Attached;

/// <summary>What the kernel tells of devices, as files.</summary>
/// <param name="root">/sys, or a copy of it.</param>
internal sealed class Sysfs(string root)
{
    /// <summary>Entries of a folder, by name; none when it is not there.</summary>
    public IEnumerable<string> Entries(string folder)
    {
        var path = Path.Combine(root, folder);
        return Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal) : [];
    }

    /// <summary>Whether a file or folder is there.</summary>
    public bool Has(string path) => Path.Exists(Path.Combine(root, path));

    /// <summary>The text of a file without its line end; null when there is none, or it may not be read.</summary>
    public string? Read(string file)
    {
        try
        {
            var path = Path.Combine(root, file);
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The real path of a link, the links in front of it followed too; null when there is none.</summary>
    public string? Resolve(string link)
    {
        var at = root;
        foreach (var part in link.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (Path.Exists(at) && Directory.ResolveLinkTarget(at, returnFinalTarget: true) is { } target)
            {
                at = target.FullName;
            }
        }

        return Path.Exists(at) ? at : null;
    }

    /// <summary>The name at the end of a link: of a driver, for example.</summary>
    public string? NameOf(string link) => Resolve(link) is { } path ? Path.GetFileName(path) : null;
}
