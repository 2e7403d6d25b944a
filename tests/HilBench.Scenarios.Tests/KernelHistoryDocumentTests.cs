using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace HilBench.Scenarios.Tests;

/// <summary>docs/kernel-history.md leaves no row out, and what it names is there.</summary>
public sealed partial class KernelHistoryDocumentTests
{
    /// <summary>Rows of table 5.1 of the notifier specification that it does not call unrelated.</summary>
    private static readonly int[] _commits =
        [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 19, 21, 22, 23, 24, 25, 26, 30, 31, 35, 36, 37, 38, 39, 40, 45, 46, 47, 48, 49];

    /// <summary>The same of table 5.2.</summary>
    private static readonly int[] _systems = [.. Enumerable.Range(1, 31), 33, 34, 37];

    private static readonly string _root = Root();

    [Test]
    public void Every_commit_that_concerns_translations_has_its_row() =>
        Assert.That(RowsOf("## Commits").Select(row => row.Number), Is.EqualTo(_commits));

    [Test]
    public void Every_system_that_concerns_translations_has_its_row() =>
        Assert.That(RowsOf("## Systems").Select(row => row.Number), Is.EqualTo(_systems));

    [Test]
    public void Every_row_names_something_that_shows_it_and_all_of_that_exists()
    {
        var rows = RowsOf("## Commits").Concat(RowsOf("## Systems")).ToList();
        var missing = from row in rows
                      from name in row.Names
                      where !Exists(name)
                      select $"row {row.Number}: {name}";

        Assert.That(rows.Where(row => row.Names.Count == 0).Select(row => row.Number), Is.Empty);
        Assert.That(missing, Is.Empty);
    }

    [TestCase("NoSuchTests.A_method")]
    [TestCase("SuiteTests.No_such_method")]
    [TestCase("no-such/scenario")]
    [TestCase("linux-6.1/no-such-trace.json")]
    public void What_is_not_there_is_missed(string name) => Assert.That(Exists(name), Is.False);

    private static bool Exists(string name) =>
        name.EndsWith(".json", StringComparison.Ordinal) ? File.Exists(Path.Combine(_root, "tests", "kernel-traces", name))
        : name.Contains('/', StringComparison.Ordinal) ? HasScenario(name) : HasTest(name);

    private static bool HasScenario(string pattern) =>
        SuiteCatalogue.All.SelectMany(suite => SuiteCatalogue.Scenarios(suite.Name))
            .Any(scenario => FileSystemName.MatchesSimpleExpression(pattern, scenario.Name));

    private static bool HasTest(string name)
    {
        var parts = name.Split('.');
        var file = Directory.EnumerateFiles(Path.Combine(_root, "tests"), $"{parts[0]}.cs", SearchOption.AllDirectories).FirstOrDefault();
        return file is not null && (parts[1] == "*" || File.ReadAllText(file).Contains($"void {parts[1]}(", StringComparison.Ordinal));
    }

    private static List<(int Number, List<string> Names)> RowsOf(string heading)
    {
        var page = File.ReadAllText(Path.Combine(_root, "docs", "kernel-history.md"));
        var start = page.IndexOf(heading, StringComparison.Ordinal);
        var end = page.IndexOf("\n## ", start + heading.Length, StringComparison.Ordinal);
        return
        [
            .. Row().Matches(page[start..(end < 0 ? page.Length : end)])
                .Select(row => (int.Parse(row.Groups[1].Value, null), Quoted().Matches(row.Groups[2].Value).Select(name => name.Groups[1].Value).ToList())),
        ];
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HilBench.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("these tests run inside the working tree");
    }

    [GeneratedRegex(@"^\| (\d+) \|.*\| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
