using System.Text.RegularExpressions;

namespace HilBench.System.Tests;

public sealed class DocumentTests
{
    private static IEnumerable<string> Documents =>
        Repository.Files("docs", "*.md").Concat(Repository.Files("firmware", "*.md")).Concat((string[])["README.md", "CHANGELOG.md"]);

    [TestCaseSource(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var dead = new List<string>();
        foreach (Match link in Regex.Matches(Repository.Read(document), @"\]\(([^)\s]+)\)|(?:src|srcset)=""([^""]+)"""))
        {
            var target = link.Groups[1].Success ? link.Groups[1].Value : link.Groups[2].Value;
            if (target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            var parts = target.Split('#');
            var file = parts[0].Length == 0 ? Path.Combine(Repository.Root, document) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            if (!File.Exists(file) && !Directory.Exists(file))
            {
                dead.Add(target);
            }
            else if (parts.Length > 1 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(file).Contains(parts[1]))
            {
                dead.Add(target);
            }
        }

        Assert.That(dead, Is.Empty);
    }

    [Test]
    public void Index_of_docs_names_every_document()
    {
        var index = Repository.Read("docs/README.md");

        var missing = Repository.Files("docs", "*.md").Select(file => file["docs/".Length..]).Where(file => file != "README.md" && !index.Contains($"({file})", StringComparison.Ordinal));

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Make_targets_that_the_README_names_exist()
    {
        var makefile = Repository.Read("Makefile");
        var targets = Regex.Matches(Repository.Read("README.md"), @"`?\bmake ([a-z]+)\b").Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.That(targets, Is.SupersetOf((string[])["run", "test"]));
        Assert.That(targets.Where(target => !Regex.IsMatch(makefile, $@"(?m)^{target}:")), Is.Empty);
    }

    [Test]
    public void Device_URIs_in_the_documents_are_those_that_the_command_lists()
    {
        var listed = Hilbench.Run("list", "devices").Out;
        var used = Documents.Where(file => file is "README.md" or "docs/cli.md" or "docs/own-device.md")
            .SelectMany(file => Regex.Matches(Repository.Read(file), @"--device '?([a-z]+):").Select(match => match.Groups[1].Value)).Distinct();

        Assert.That(used.Where(scheme => !listed.Contains($"{scheme}:", StringComparison.Ordinal)), Is.Empty);
    }

    // As the usual renderers make them: lower case, punctuation dropped, blanks to hyphens.
    private static IEnumerable<string> Anchors(string file) =>
        File.ReadLines(file).Where(line => line.StartsWith('#')).Select(line =>
            Regex.Replace(line.TrimStart('#').Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'));
}
