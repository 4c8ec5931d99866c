# tswatch, booted by tsboot (profile tswatch)

variable "cluster" {
  description = "The cluster on whose instances the agent runs."
  type = string
  default = "default"
}

resource "aws_cloudwatch_log_group" "tswatch" {
  name = "/ecs/tswatch"
  retention_in_days = 30
}

resource "aws_iam_role" "tswatch_task" {
  name = "tswatch-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "tswatch_task" {
  name = "parameters"
  role = aws_iam_role.tswatch_task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "ReadPaths"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = ["arn:aws:ssm:REGION:ACCOUNT:parameter/tswatch/prod"]
      }
    ]
  })
}

resource "aws_iam_role" "tswatch_execution" {
  name = "tswatch-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "tswatch_execution" {
  name = "execution"
  role = aws_iam_role.tswatch_execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "WriteLog"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/tswatch:*"]
      },
      {
        Sid = "PullImage"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = ["arn:aws:ecr:REGION:ACCOUNT:repository/tswatch"]
      },
      {
        Sid = "LogInToRegistry"
        Effect = "Allow"
        Action = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      }
    ]
  })
}

resource "aws_ecs_task_definition" "tswatch" {
  family = "tswatch"
  requires_compatibilities = ["EC2"]
  pid_mode = "host"
  network_mode = "host"
  task_role_arn = aws_iam_role.tswatch_task.arn
  execution_role_arn = aws_iam_role.tswatch_execution.arn
  container_definitions = jsonencode([
    {
      name = "tswatch"
      image = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/tswatch:1"
      essential = true
      memoryReservation = 128
      readonlyRootFilesystem = true
      command = ["--profile", "tswatch", "--ssm-path", "/tswatch/prod", "--set", "audit-mode=unicast"]
      mountPoints = [
        {
          sourceVolume = "root"
          containerPath = "/host"
          readOnly = true
        }
      ]
      linuxParameters = {
        capabilities = {
          add = ["AUDIT_CONTROL", "DAC_READ_SEARCH"]
          drop = ["ALL"]
        }
        tmpfs = [
          {
            containerPath = "/etc/tswatch/tsboot"
            size = 16
            mountOptions = ["mode=0755"]
          },
          {
            containerPath = "/run/tsboot"
            size = 16
            mountOptions = ["mode=0755"]
          },
          {
            containerPath = "/run/tswatch"
            size = 16
            mountOptions = ["mode=0755"]
          }
        ]
      }
      stopTimeout = 30
      healthCheck = {
        command = ["CMD", "/tsboot", "health"]
        interval = 30
        timeout = 10
        retries = 3
        startPeriod = 300
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group" = aws_cloudwatch_log_group.tswatch.name
          "awslogs-region" = "REGION"
          "awslogs-stream-prefix" = "tswatch"
        }
      }
    }
  ])

  volume {
    name = "root"
    host_path = "/"
  }
}

resource "aws_ecs_service" "tswatch" {
  name = "tswatch"
  cluster = var.cluster
  scheduling_strategy = "DAEMON"
  task_definition = aws_ecs_task_definition.tswatch.arn
  depends_on = [aws_iam_role_policy.tswatch_task, aws_iam_role_policy.tswatch_execution]
}
