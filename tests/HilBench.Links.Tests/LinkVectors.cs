namespace HilBench.Links.Tests;

/// <summary>Reads tests/link-vectors/vectors.txt, which the tests in C and SystemVerilog read too.</summary>
internal static class LinkVectors
{
    /// <summary>The words of all lines outside of scenarios that begin with <paramref name="item"/>.</summary>
    public static IEnumerable<TestCaseData> Items(string item)
    {
        var number = 0;
        foreach (var line in Lines)
        {
            number++;
            var words = Words(line);
            if (words is [var first, ..] && first == item)
            {
                yield return new TestCaseData((object)words[1..]).SetArgDisplayNames($"line {number}");
            }
        }
    }

    /// <summary>The scenarios: role and steps.</summary>
    public static IEnumerable<TestCaseData> Scenarios()
    {
        List<(int Line, string[] Words)>? steps = null;
        string[] head = [];
        var number = 0;
        foreach (var line in Lines)
        {
            number++;
            var words = Words(line);
            if (words is ["scenario", ..])
            {
                (head, steps) = (words, []);
            }
            else if (words is ["end"])
            {
                yield return new TestCaseData(head[2] == "host" ? LinkRole.Host : LinkRole.Board, steps!).SetArgDisplayNames(head[1]);
                steps = null;
            }
            else if (words.Length > 0)
            {
                steps?.Add((number, words));
            }
        }
    }

    public static byte[] Bytes(string text) => text == "-" ? [] : Convert.FromHexString(text);

    private static string[] Lines { get; } = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "vectors.txt"));

    private static string[] Words(string line)
    {
        var comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
