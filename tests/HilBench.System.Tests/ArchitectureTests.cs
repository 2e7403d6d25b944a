using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HilBench.System.Tests;

/// <summary>The arrows between projects, and the rules of the house that a machine can check.</summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 500;

    // Direct references; what those reference may be used too.
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["HilBench.Journal"] = [],
        ["HilBench.Pcie"] = [],
        ["HilBench.Notifiers"] = ["HilBench.Journal"],
        ["HilBench.Memory"] = ["HilBench.Notifiers"],
        ["HilBench.Clients"] = ["HilBench.Memory"],
        ["HilBench.TranslationAgent"] = ["HilBench.Memory", "HilBench.Pcie"],
        ["HilBench.Links"] = ["HilBench.Journal"],
        ["HilBench.Devices"] = ["HilBench.Pcie", "HilBench.Links"],
        ["HilBench.Checking"] = ["HilBench.TranslationAgent"],
        ["HilBench.Scenarios"] = ["HilBench.Checking", "HilBench.Clients", "HilBench.Devices"],
        ["HilBench.Lab"] = ["HilBench.Links"],
        ["HilBench.Reporting"] = ["HilBench.Checking"],
        ["HilBench.Farm"] = ["HilBench.Scenarios", "HilBench.Reporting"],
    };

    // Packages that the projects of the product may use; the others are for tests.
    private static readonly Dictionary<string, string[]> _packages = new()
    {
        ["HilBench.Scenarios"] = ["YamlDotNet"],
        ["HilBench.Lab"] = ["YamlDotNet"],
        ["HilBench.Vendor.LibUsbDotNet"] = ["LibUsbDotNet"],
        ["HilBench.Vendor.SerialPorts"] = ["System.IO.Ports"],
        ["HilBench.Vendor.IotDevices"] = ["Iot.Device.Bindings", "System.Device.Gpio"],
        ["HilBench.Cli"] = ["System.CommandLine", "Spectre.Console"],
    };

    // Chance and clocks come from outside (TimeProvider, the journal's seeded choice): a replay must repeat everything.
    private static readonly Regex _chance = new(@"\bnew Random\b|\bRandom\.Shared\b|\bGuid\.NewGuid\b|\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\b|\bHashCode\.|\bEnvironment\.TickCount|\bRandomNumberGenerator\b");

    [Test]
    public void References_point_only_where_the_design_allows()
    {
        var wrong = new List<string>();
        foreach (var project in Repository.Files("src", "*.csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(project);
            wrong.AddRange(References(project)
                .Where(reference => !Allowed(name).Contains(reference))
                .Select(reference => $"{name} -> {reference}"));
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Every_project_of_src_has_its_place_in_the_table()
    {
        var unknown = Repository.Files("src", "*.csproj").Select(project => Path.GetFileNameWithoutExtension(project)).Where(name => Allowed(name) is [] && !_allowed.ContainsKey(name));

        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Nothing_refers_to_a_host_or_a_test_project()
    {
        var wrong = Repository.Files("src", "*.csproj").Concat(Repository.Files("host", "*.csproj"))
            .SelectMany(project => References(project).Select(reference => (project, reference)))
            .Where(pair => pair.reference.EndsWith(".Tests", StringComparison.Ordinal) || pair.reference is "HilBench.Cli" or "HilBench.Dashboard");

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Every_project_of_src_has_its_test_project()
    {
        var missing = Repository.Files("src", "*.csproj").Select(project => Path.GetFileNameWithoutExtension(project))
            .Select(name => name.StartsWith("HilBench.Vendor.", StringComparison.Ordinal) ? "HilBench.Vendor" : name)
            .Where(name => !File.Exists(Path.Combine(Repository.Root, "tests", $"{name}.Tests", $"{name}.Tests.csproj")));

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Packages_are_used_only_where_they_are_meant_to_be()
    {
        var wrong = Repository.Files("src", "*.csproj").Concat(Repository.Files("host", "*.csproj"))
            .SelectMany(project => Items(project, "PackageReference").Select(package => (Name: Path.GetFileNameWithoutExtension(project), package)))
            .Where(pair => !_packages.GetValueOrDefault(pair.Name, []).Contains(pair.package));

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_chance_and_no_clock_decides_in_src()
    {
        var wrong = Repository.Files("src", "*.cs").SelectMany(file => Lines(file).Where(line => _chance.IsMatch(line)).Select(line => $"{file}: {line.Trim()}"));

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Search_for_chance_finds_it() =>
        Assert.That(((string[])["var r = new Random(1);", "Guid.NewGuid()", "DateTime.UtcNow", "Stopwatch.StartNew()", "HashCode.Combine(a)"]).All(line => _chance.IsMatch(line)), Is.True);

    [Test]
    public void No_file_is_longer_than_a_reader_can_hold()
    {
        var tooLong = Repository.Files("src", "*.cs").Concat(Repository.Files("host", "*.cs")).Where(file => Lines(file).Count() > LongestFile);

        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void No_name_says_nothing()
    {
        var wrong = Repository.Files("src", "*").Concat(Repository.Files("host", "*"))
            .SelectMany(file => file.Split('/').Select(part => part.Split('.')[^1] is "cs" or "csproj" ? Path.GetFileNameWithoutExtension(part) : part))
            .Where(part => Regex.IsMatch(part, @"(^|\.)(Common|Core|Utils?|Helpers?|Shared|Manager)$"));

        Assert.That(wrong, Is.Empty);
    }

    private static string[] Allowed(string project) =>
        project.StartsWith("HilBench.Vendor.", StringComparison.Ordinal) ? ["HilBench.Links", "HilBench.Lab"] : _allowed.GetValueOrDefault(project, []);

    private static IEnumerable<string> References(string project) =>
        Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    private static IEnumerable<string> Items(string project, string element) =>
        XDocument.Parse(Repository.Read(project)).Descendants(element).Select(item => (string)item.Attribute("Include")!);

    private static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(Repository.Root, file));
}
