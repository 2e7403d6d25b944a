namespace HilBench.Scenarios;

/// <summary>Arrays of references.</summary>
internal sealed class ReferenceArrayShape : HeapShape
{
    public override bool IsMutable => true;

    public override object Clone(object target) => ((object?[])target).Clone();

    public override bool IsSame(object target, object shadow)
    {
        var now = (object?[])target;
        var then = (object?[])shadow;
        for (var i = 0; i < now.Length; i++)
        {
            if (!ReferenceEquals(now[i], then[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override void Copy(object shadow, object target) => Array.Copy((Array)shadow, (Array)target, ((Array)target).Length);

    public override void Visit(object target, IHeapVisitor visitor)
    {
        foreach (var element in (object?[])target)
        {
            visitor.Visit(element);
        }
    }

    public override void Hash(object target, HeapHasher hasher)
    {
        foreach (var element in (object?[])target)
        {
            hasher.AddReference(element);
        }
    }
}
