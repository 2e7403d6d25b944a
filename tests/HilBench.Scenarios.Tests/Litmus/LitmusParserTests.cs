using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>Reading litmus files: what is wrong is told with its place and what was probably meant.</summary>
public sealed class LitmusParserTests
{
    private const string Head = "litmus X \"x\"\n";
    private const string Tail = "\nforbidden r = 1";

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return new("", "t.litmus:1:1: the file is empty. See docs/litmus-format.md for its form.") { TestName = "empty file" };
        yield return new("# nothing\n\n", "t.litmus:1:1: the file is empty. ") { TestName = "comments only" };
        yield return new("T0 {\n}", "t.litmus:1:1: a litmus file cannot begin with 'T0'. ") { TestName = "no head" };
        yield return new("litmus \"x\"", "t.litmus:1:8: the name is missing in front of \"x\". ") { TestName = "no name" };
        yield return new("litmus X", "t.litmus:1:9: a text is missing in front of the end of the line. ") { TestName = "no title" };
        yield return new("litmus X \"x", "t.litmus:1:10: a text has no end. ") { TestName = "text without end" };
        yield return new("litmus X \"x\" y", "t.litmus:1:14: 'y' does not belong here. ") { TestName = "word behind the title" };
        yield return new(Head + "forbidden r = 1", "t.litmus:2:16: there is no thread. ") { TestName = "no thread" };
        yield return new(Head + "T0 {\n r = 1\n}", "t.litmus:4:2: nothing is forbidden. ") { TestName = "nothing forbidden" };
        yield return new(Head + "forbiden r = 1", "t.litmus:2:1: unknown word 'forbiden'. Did you mean 'forbidden'?") { TestName = "word misspelt" };
        yield return new(Head + "T0\n r = 1\n}", "t.litmus:2:3: a '{' is missing. ") { TestName = "no brace" };
        yield return new(Head + "T0 {\n r = 1", "t.litmus:2:1: the block 'T0' has no end. Close it with '}'.") { TestName = "block without end" };
        yield return new(Head + "T0 {\n}\nT0 {\n}", "t.litmus:4:1: 'T0' stands here for the second time. ") { TestName = "thread twice" };
        yield return new(Head + "T0 proces = other {\n}", "t.litmus:2:4: unknown key 'proces'. Did you mean 'process'?") { TestName = "key of a block misspelt" };
        yield return new(Head + "memory 1MiB\nmemory 2MiB", "t.litmus:3:1: 'memory' stands here for the second time. ") { TestName = "key twice" };
        yield return new(Head + "memory much", "t.litmus:2:8: 'much' names nothing. ") { TestName = "no size" };
        yield return new(Head + "gather 0", "t.litmus:2:8: '0' is no number of pages. ") { TestName = "gather of no pages" };
        yield return new(Head + "policy 4kb", "t.litmus:2:8: there is no policy '4kb'. Did you mean '4k'?") { TestName = "unknown policy" };
        yield return new(Head + "since linux-4.14", "t.litmus:2:7: there is no kernel profile 'linux-4.14'. Did you mean 'linux-4.12'?") { TestName = "unknown kernel" };
        yield return new(Head + "placement cwo = E", "t.litmus:2:11: 'cwo' is no call site. Did you mean 'cow'?") { TestName = "unknown call site" };
        yield return new(Head + "placement cow = Q", "t.litmus:2:17: 'Q' is no placement code. ") { TestName = "unknown code" };
        yield return new(Head + "placement cow", "t.litmus:2:11: 'cow' does not belong here. Write 'key = value'.") { TestName = "placement without code" };
        yield return new(Head + "experiment munmap = skip", "t.litmus:2:21: 'skip' is no experiment. ") { TestName = "unknown experiment" };
        yield return new(Head + "needs pasit", "t.litmus:2:7: 'pasit' is nothing that a device can have. Did you mean 'pasid'?") { TestName = "unknown need" };
        yield return new(Head + "process main pasid = 1\nprocess main pasid = 2", "t.litmus:3:9: there are two processes 'main'. ") { TestName = "process twice" };
        yield return new(Head + "process main pasid = 0x100000", "t.litmus:2:22: '0x100000' is no PASID. ") { TestName = "PASID of 21 bits" };
        yield return new(Head + "process main pasit = 1", "t.litmus:2:14: unknown key 'pasit'. Did you mean 'pasid'?") { TestName = "key of a process misspelt" };
    }

    private static IEnumerable<TestCaseData> StepMistakes()
    {
        yield return new("munmpa A", "3:2: unknown step 'munmpa'. Did you mean 'munmap'?") { TestName = "unknown step" };
        yield return new("\"x\"", "3:2: \"x\" is no step. ") { TestName = "text for a step" };
        yield return new("munmap", "3:2: 'at' is missing. ") { TestName = "missing value" };
        yield return new("munmap A 4KiB 5", "3:16: '5' is one value too many. 'munmap' takes at and size; ") { TestName = "value too many" };
        yield return new("munmap A 4kB", "3:11: '4kB' is no address. ") { TestName = "bad unit" };
        yield return new("munmap A at = B", "3:11: 'at' has a value already. ") { TestName = "value twice" };
        yield return new("munmap A siez = 4KiB", "3:11: unknown key 'siez'. Did you mean 'size'?") { TestName = "key misspelt" };
        yield return new("munmap A size =", "3:17: the value of 'size' is missing. ") { TestName = "key without value" };
        yield return new("munmap A size = 4KiB size = 8KiB", "3:23: 'size' stands here for the second time. ") { TestName = "key twice in a step" };
        yield return new("munmap A )", "3:11: ')' does not belong here. ") { TestName = "parenthesis" };
        yield return new("madvise A dontned", "3:12: 'dontned' is not possible for 'advice'. Did you mean 'dont-need'?") { TestName = "unknown advice" };
        yield return new("r = munmap A", "3:2: 'munmap' has no value for a register. ") { TestName = "register of a step without value" };
        yield return new("T1 = read A", "3:2: 'T1' is no name of a register. ") { TestName = "thread for a register" };
        yield return new("fault = read A", "3:2: 'fault' is no name of a register. ") { TestName = "word for a register" };
        yield return new("r = 0x100000000", "3:6: '0x100000000' is no value of 32 bits. ") { TestName = "value of 33 bits" };
        yield return new("write A", "3:2: 'value' is missing. ") { TestName = "write of nothing" };
        yield return new("write A much", "3:10: 'much' is no value of 32 bits. ") { TestName = "write of a word" };
        yield return new("add A 1", "3:2: 'add' is an atomic of the device. ") { TestName = "atomic of a CPU" };
        yield return new("atomic", "3:8: 'atomic' holds steps. Write 'atomic {'.") { TestName = "atomic without brace" };
        yield return new("atomic {\n atomic {", "4:9: 'atomic' holds steps. It cannot stand inside another.") { TestName = "atomic inside atomic" };
        yield return new("begin", "3:2: unknown step 'begin'. ") { TestName = "step that belongs to scenario files" };
        yield return new("await q = 1", "3:8: 'q' is no register, thread or client. ") { TestName = "await of nothing" };
        yield return new("await T7", "3:8: 'T7' is no register, thread or client. ") { TestName = "await of a thread that is not there" };
        yield return new("client k sequence-cuont", "3:11: 'sequence-cuont' is not possible for 'kind'. Did you mean 'sequence-count'?") { TestName = "unknown client" };
    }

    private static IEnumerable<TestCaseData> ConditionMistakes()
    {
        yield return new("", "6:10: a register or a value is missing in front of the end of the line. ") { TestName = "no condition" };
        yield return new("r", "6:12: a comparison is missing in front of the end of the line. ") { TestName = "no comparison" };
        yield return new("r =", "6:14: a register or a value is missing in front of the end of the line. ") { TestName = "no value" };
        yield return new("r = 1 r = 2", "6:17: 'r' does not belong here. ") { TestName = "no and" };
        yield return new("r = 1 and", "6:20: a register or a value is missing in front of the end of the line. ") { TestName = "nothing behind and" };
        yield return new("(r = 1", "6:17: ')' is missing in front of the end of the line. ") { TestName = "open parenthesis" };
        yield return new("[A = 1", "6:14: ']' is missing in front of '='. ") { TestName = "open bracket" };
        yield return new("[] = 1", "6:12: an address is missing. ") { TestName = "memory without address" };
        yield return new("[A].drity = 1", "6:14: '.drity' is nothing of a page. Did you mean '.dirty'?") { TestName = "aspect misspelt" };
        yield return new("rr = 1", "6:11: 'rr' is no register, thread or client. Did you mean 'r'?") { TestName = "unknown register" };
        yield return new("k.calls = \"\"", "6:11: 'k.calls' is no register, thread or client. ") { TestName = "unknown client in a condition" };
        yield return new("r = 0x100000000", "6:15: '0x100000000' needs more than 32 bits. ") { TestName = "number of 33 bits" };
        yield return new("r ! 1", "6:13: a comparison is missing in front of '!'. ") { TestName = "half a comparison" };
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_in_a_file_is_told_with_its_place(string text, string message) => AssertMistake(text, message);

    [TestCaseSource(nameof(StepMistakes))]
    public void A_mistake_in_a_step_is_told_with_its_place(string step, string message) =>
        AssertMistake($"{Head}T0 {{\n {step}\n}}{Tail}", $"t.litmus:{message}");

    [TestCaseSource(nameof(ConditionMistakes))]
    public void A_mistake_in_a_condition_is_told_with_its_place(string condition, string message) =>
        AssertMistake($"{Head}T0 {{\n r = read A\n}}\n\nforbidden {condition}", $"t.litmus:{message}");

    [Test]
    public void A_condition_goes_on_where_something_is_open()
    {
        var program = LitmusProgram.Parse($"{Head}T0 {{\n r = 1\n}}\nforbidden (r = 2 or\n r = 3)\n and r = 3\nallowed r = 1", "t.litmus");

        Assert.That(program.Forbidden, Has.Count.EqualTo(1));
        Assert.That(program.Allowed, Has.Count.EqualTo(1));
    }

    [Test]
    public void Comments_end_at_the_line_and_do_not_begin_in_a_text()
    {
        var program = LitmusProgram.Parse("litmus X \"a # b\" # c\nT0 { # d\n r = 1 # e\n}\nforbidden r = 2 # f", "t.litmus");

        Assert.That(program.Title, Is.EqualTo("a # b"));
        Assert.That(program.Threads[0].Steps[0].Text, Is.EqualTo("r = 1"));
    }

    [Test]
    public void A_file_that_is_not_there_is_told() => Assert.That(
        () => LitmusProgram.Load("no-such.litmus"), Throws.TypeOf<InputException>().With.Message.Contains("no-such.litmus"));

    [Test]
    public void A_name_means_all_its_variants_and_a_wrong_one_is_told_with_the_nearest()
    {
        Assert.That(LitmusCatalogue.Load("L2").Select(program => program.Name), Is.EqualTo((string[])["L2a", "L2b", "L2c"]));
        Assert.That(LitmusCatalogue.Load("l22a").Single().Name, Is.EqualTo("L22a"));
        Assert.That(() => LitmusCatalogue.Load("L1e"), Throws.TypeOf<InputException>().With.Message.Contains("Did you mean 'L1"));
    }

    [Test]
    public void No_text_does_more_than_tell_a_mistake()
    {
        var choice = new SeededChoice(7);
        var texts = Files().Select(File.ReadAllText).ToList();
        for (var i = 0; i < 4000; i++)
        {
            var text = Damage(texts[(int)choice.Below((ulong)texts.Count)], choice);

            Assert.That(() => Parse(text), Throws.Nothing, text);
        }
    }

    private static void Parse(string text)
    {
        try
        {
            LitmusProgram.Parse(text, "t.litmus");
        }
        catch (InputException e)
        {
            Assert.That(e.Line, Is.Positive, e.Message);
        }
    }

    // Characters and words that the format knows, lost, doubled or put elsewhere.
    private static string Damage(string text, SeededChoice choice)
    {
        for (var left = choice.Between(1, 6); left > 0 && text.Length > 2; left--)
        {
            var at = (int)choice.Below((ulong)text.Length - 1);
            var length = Math.Min(choice.Between(1, 12), text.Length - at);
            var other = (int)choice.Below((ulong)text.Length - 1);
            var piece = text.Substring(other, Math.Min(choice.Between(1, 20), text.Length - other));
            text = choice.Below(5) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, piece),
                2 => text.Remove(at, length).Insert(Math.Min(at, text.Length - length), piece),
                3 => text.Insert(at, "{}()[]=<>!\"#\n\0,.:é"[(int)choice.Below(18)].ToString()),
                _ => text[..at],
            };
        }

        return text;
    }

    private static string[] Files() =>
        Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "../../../../../suites/litmus"), "*.litmus");

    private static void AssertMistake(string text, string message)
    {
        var error = Assert.Throws<InputException>(() => LitmusProgram.Parse(text, "t.litmus"));
        Assert.That(error.Message, Does.StartWith(message));
    }
}
