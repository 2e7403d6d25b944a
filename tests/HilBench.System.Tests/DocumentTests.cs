using System.Diagnostics;
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
    public void Rules_page_is_that_of_the_catalogue() =>
        Assert.That(Repository.Read("docs/rules.md"), Does.EndWith(Hilbench.Run("list", "rules", "--markdown").Out), "make docs");

    [Test]
    public void Operations_page_is_that_of_the_catalogue() =>
        Assert.That(Repository.Read("docs/operations.md"), Does.EndWith(Hilbench.Run("list", "operations", "--markdown").Out), "make docs");

    [Test]
    public void Litmus_page_is_that_of_the_files_and_the_expected_table() =>
        Assert.That(Repository.Read("docs/litmus.md"), Does.EndWith(Hilbench.Run("list", "litmus", "--markdown").Out), "make docs");

    [Test]
    public void Skeleton_of_a_device_compiles_and_is_told_that_it_does_not_answer()
    {
        using var folder = new TemporaryFolder();
        var page = Repository.Read("docs/own-device.md");
        var start = page.IndexOf("```c\n", StringComparison.Ordinal) + 5;
        File.WriteAllText(folder["mydevice.c"], page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);
        var header = Path.Combine(Repository.Root, "hdl", "sim");
        using var build = Process.Start("cc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", header, "-o", folder["libmydevice.so"], folder["mydevice.c"]]);
        build.WaitForExit();

        var answer = Hilbench.Run("run", "--device", $"lib:{folder["libmydevice.so"]}", "--suite", "smoke");

        Assert.That(build.ExitCode, Is.Zero);
        Assert.That(answer.ExitCode, Is.AnyOf(1, 3), answer.Error);
        Assert.That(answer.Out + answer.Error, Does.Contain("answer"));
    }

    [Test]
    public void Make_targets_that_the_README_names_exist()
    {
        var makefile = Repository.Read("Makefile");
        var targets = Regex.Matches(Repository.Read("README.md"), @"(?m)(?:^|`)make ([a-z]+)\b").Select(match => match.Groups[1].Value).Distinct().ToList();

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
