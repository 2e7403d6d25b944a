using System.Reflection;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>The litmus tests of the repository (suites/litmus), and files of the user's own.</summary>
public static class LitmusCatalogue
{
    private const string ResourcePrefix = "litmus/";
    private const string Extension = ".litmus";

    /// <summary>The built-in tests, in their order.</summary>
    public static IReadOnlyList<LitmusDescription> All
    {
        get
        {
            var expected = LitmusExpectations.Load().ToLookup(known => known.Test, known => known.InWords);
            return
            [
                .. BuiltIn().Select(entry => new LitmusDescription(entry.Program.Name, entry.Program.Title, entry.Program.About, entry.File)
                {
                    Commits = entry.Program.Commits,
                    Expected = [.. expected[entry.Program.Name]],
                    Threads = [.. entry.Program.Threads.Select(thread => thread.Name)],
                }),
            ];
        }
    }

    /// <summary>All built-in tests.</summary>
    internal static IReadOnlyList<LitmusProgram> LoadAll() => [.. BuiltIn().Select(entry => entry.Program)];

    /// <summary>The tests of a name: L13a is one, L13 is all whose name is L13 and a letter; or those of a file.</summary>
    /// <exception cref="InputException">There is no such test, or the file is wrong.</exception>
    internal static IReadOnlyList<LitmusProgram> Load(string name)
    {
        if (name.EndsWith(Extension, StringComparison.Ordinal))
        {
            return [LitmusProgram.Load(name)];
        }

        var all = LoadAll();
        var found = all.Where(program => IsOf(program.Name, name)).ToList();
        return found.Count > 0
            ? found
            : throw new InputException($"there is no litmus test '{name}'", NearestName.Suggest(name, all.Select(program => program.Name)));
    }

    private static bool IsOf(string name, string wanted) =>
        string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase)
        || (name.Length == wanted.Length + 1 && char.IsAsciiLetterLower(name[^1]) && char.IsAsciiDigit(wanted[^1])
            && name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<(string File, LitmusProgram Program)> BuiltIn()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var file = name[ResourcePrefix.Length..];
                yield return (file, LitmusProgram.Parse(reader.ReadToEnd(), $"suites/litmus/{file}"));
            }
        }
    }
}
